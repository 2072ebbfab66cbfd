package io.tollgate.streams;

import io.tollgate.schemas.QuarterHour;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The tokens of today on the scopes with a limit per day: read from the tallies when a scope's day
 * is first met, then carried on. In memory only, because the tallies have it all.
 */
final class DayTokens {
  private static final PeriodCut DAY = PeriodCut.of(Period.DAY);

  private final Tallies tallies;
  private final OrganizationStates organizations;
  private final Map<Scope, Today> days = new HashMap<>();

  DayTokens(Tallies tallies, OrganizationStates organizations) {
    this.tallies = tallies;
    this.organizations = organizations;
  }

  private record Today(PeriodWindow window, long tokens) {
    Instant end() {
      return Objects.requireNonNull(window.end(), "a day ends");
    }

    boolean contains(Instant time) {
      return !window.start().isAfter(time) && end().isAfter(time);
    }
  }

  /** Carries on what the tallies include already. */
  void add(Scope scope, Map<Integer, Tally> quarters) {
    Today day = days.get(scope);
    if (day == null) {
      return;
    }
    long tokens = day.tokens;
    for (Map.Entry<Integer, Tally> quarter : quarters.entrySet()) {
      if (day.contains(new QuarterHour(quarter.getKey()).start())) {
        tokens = Math.addExact(tokens, quarter.getValue().tokens());
      }
    }
    days.put(scope, new Today(day.window, tokens));
  }

  LimitJudgement.Day today(ScopeDefinition definition, Instant now) {
    Scope scope = definition.scope();
    Today day = days.get(scope);
    if (day == null || !day.contains(now)) {
      ZoneHistory zones = organizations.zones(scope.organizationId());
      PeriodWindow window =
          (zones == null ? ZoneHistory.of(definition.zone()) : zones).windowAt(DAY, now);
      day = new Today(window, tokensIn(scope, window));
      // Without usage the organization has no days yet: they begin in the zone of its first usage.
      if (zones != null) {
        days.put(scope, day);
      }
    }
    return new LimitJudgement.Day(day.tokens, day.end());
  }

  private long tokensIn(Scope scope, PeriodWindow window) {
    long[] sum = {0};
    tallies.forEach(
        scope,
        window.firstQuarterHour(),
        window.lastQuarterHour(),
        (tally, quarterHour) -> sum[0] = Math.addExact(sum[0], tally.tokens()));
    return sum[0];
  }

  void remove(Scope scope) {
    days.remove(scope);
  }
}
