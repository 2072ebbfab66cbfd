package io.tollgate.streams.simulation;

import io.tollgate.schemas.avro.Admission;
import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.LimitState;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.Wallet;
import io.tollgate.schemas.avro.Workspace;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The auditor's own judgement of what the state of a scope must say, from what was published and
 * used: the strictest of its budgets, limits and wallet, of that scope alone.
 */
final class LimitRules {
  private final AuditedTables tables;
  private final AuditedZones zones;
  private final AuditedSums sums;

  LimitRules(AuditedTables tables, AuditedZones zones, AuditedSums sums) {
    this.tables = tables;
    this.zones = zones;
    this.sums = sums;
  }

  /** Something that warns of a scope's use or stops it. */
  private record Cause(Admission admission, String reason, @Nullable Instant end) {}

  /** A budget and what was spent of it in its current period. */
  private record Standing(Budget budget, BigDecimal spend) {
    BigDecimal left() {
      return budget.getAmount().subtract(spend);
    }
  }

  /** Where a scope is, and when it ends. */
  private record Place(
      Organization organization, @Nullable String workspace, @Nullable Instant until) {}

  /**
   * The state of a scope but for its version and time; null if nothing is set on it or it has
   * ended.
   */
  @Nullable LimitState state(
      AuditedScope scope, TablePositions at, Instant now, AuditedMinutes.Minute minute) {
    Place place = place(scope, at);
    if (place == null || (place.until != null && !place.until.isAfter(now))) {
      return null;
    }
    List<Budget> budgets = budgets(scope, place.organization.getCurrency(), at);
    Limit limit = tables.limit(scope, at);
    Wallet wallet = isOrganization(scope) ? tables.wallet(scope.organization(), at) : null;
    if (budgets.isEmpty() && limit == null && wallet == null) {
      return null;
    }
    AuditedPeriods periods = Objects.requireNonNull(zones.of(scope.organization(), at));
    List<Cause> causes = new ArrayList<>();
    Standing tightest = null;
    for (Budget budget : budgets) {
      AuditedPeriods.Window window = periods.window(budget.getPeriod(), budget.getAnchorDay(), now);
      Standing standing = new Standing(budget, sums.in(scope, window).cost());
      Admission says = says(standing);
      if (says != Admission.OPEN) {
        causes.add(new Cause(says, "budget:" + budget.getBudgetId(), window.end()));
      }
      if (tightest == null || isTighter(standing, tightest)) {
        tightest = standing;
      }
    }
    if (limit != null) {
      addRates(causes, limit, minute, now);
      Long daily = limit.getTokensPerDay();
      AuditedPeriods.Window day = periods.window("day", 1, now);
      if (daily != null && sums.in(scope, day).tokens() >= daily) {
        causes.add(new Cause(Admission.BLOCKED, "tokens_per_day", day.end()));
      }
    }
    if (wallet != null && wallet.getStopAtZero() && balance(wallet, at).signum() <= 0) {
      causes.add(new Cause(Admission.BLOCKED, "wallet", null));
    }
    return word(scope, place, causes, tightest, limit);
  }

  private static boolean isOrganization(AuditedScope scope) {
    return scope.kind() == ScopeKind.ORGANIZATION && scope.subject() == null;
  }

  private @Nullable Place place(AuditedScope scope, TablePositions at) {
    Organization organization = tables.organization(scope.organization(), at);
    if (organization == null) {
      return null;
    }
    Instant until = organization.getValidUntil();
    String workspace = scope.kind() == ScopeKind.WORKSPACE ? scope.id() : null;
    if (scope.kind() == ScopeKind.API_KEY) {
      ApiKey key = tables.apiKey(scope.id(), at);
      if (key == null) {
        return null;
      }
      until = first(until, key.getValidUntil());
      workspace = key.getWorkspaceId();
    }
    if (workspace != null) {
      Workspace row = tables.workspace(workspace, at);
      if (row == null) {
        return null;
      }
      until = first(until, row.getValidUntil());
    }
    return new Place(organization, workspace, until);
  }

  private static @Nullable Instant first(@Nullable Instant one, @Nullable Instant other) {
    return one == null || (other != null && other.isBefore(one)) ? other : one;
  }

  /** In the order of their ids. */
  private List<Budget> budgets(AuditedScope scope, String currency, TablePositions at) {
    List<Budget> budgets = new ArrayList<>();
    for (String id : tables.budgetIds()) {
      Budget budget = tables.budget(id, at);
      if (budget != null
          && AuditedScope.of(budget).equals(scope)
          && budget.getCurrency().equals(currency)) {
        budgets.add(budget);
      }
    }
    return budgets;
  }

  private static Admission says(Standing standing) {
    Budget budget = standing.budget;
    if (standing.left().signum() <= 0) {
      return budget.getHard() ? Admission.BLOCKED : Admission.WARNED;
    }
    return budget.getThresholds().stream()
            .anyMatch(
                one ->
                    one.compareTo(BigDecimal.ONE) < 0
                        && standing.spend.compareTo(one.multiply(budget.getAmount())) >= 0)
        ? Admission.WARNED
        : Admission.OPEN;
  }

  /** A hard budget before a soft one, then the one with less left. */
  private static boolean isTighter(Standing one, Standing other) {
    return one.budget.getHard() == other.budget.getHard()
        ? one.left().compareTo(other.left()) < 0
        : one.budget.getHard();
  }

  private static void addRates(
      List<Cause> causes, Limit limit, AuditedMinutes.Minute minute, Instant now) {
    Long requests = limit.getRequestsPerMinute();
    if (requests != null && minute.reaches(requests, AuditedMinutes.Count::requests, now)) {
      causes.add(
          new Cause(
              Admission.BLOCKED,
              "requests_per_minute",
              minute.below(requests, AuditedMinutes.Count::requests, now)));
    }
    Long tokens = limit.getTokensPerMinute();
    if (tokens != null && minute.reaches(tokens, AuditedMinutes.Count::tokens, now)) {
      causes.add(
          new Cause(
              Admission.BLOCKED,
              "tokens_per_minute",
              minute.below(tokens, AuditedMinutes.Count::tokens, now)));
    }
  }

  private BigDecimal balance(Wallet wallet, TablePositions at) {
    String organization = wallet.getOrganizationId();
    return tables
        .credited(organization, wallet.getCurrency(), at)
        .subtract(sums.spendSince(organization, wallet.getOpenedAt()));
  }

  private static LimitState word(
      AuditedScope scope,
      Place place,
      List<Cause> causes,
      @Nullable Standing tightest,
      @Nullable Limit limit) {
    Admission strictest = Admission.OPEN;
    for (Cause cause : causes) {
      strictest = cause.admission.compareTo(strictest) > 0 ? cause.admission : strictest;
    }
    List<String> reasons = new ArrayList<>();
    Instant until = null;
    boolean openEnded = false;
    for (Cause cause : causes) {
      if (cause.admission == strictest) {
        reasons.add(cause.reason);
        openEnded |= cause.end == null;
        until =
            until == null || (cause.end != null && cause.end.isAfter(until)) ? cause.end : until;
      }
    }
    return LimitState.newBuilder()
        .setOrganizationId(scope.organization())
        .setScope(scope.kind())
        .setWorkspaceId(place.workspace)
        .setApiKeyId(scope.kind() == ScopeKind.API_KEY ? scope.id() : null)
        .setSubjectKind(scope.subjectKind())
        .setSubject(scope.subject())
        .setAdmission(strictest)
        .setReasons(reasons)
        .setUntil(openEnded ? null : until)
        .setCurrency(place.organization.getCurrency())
        .setSpent(money(tightest == null ? BigDecimal.ZERO : tightest.spend))
        .setAmount(tightest == null ? null : tightest.budget.getAmount())
        .setRemaining(tightest == null ? null : money(tightest.left()))
        .setRequestsPerMinute(limit == null ? null : limit.getRequestsPerMinute())
        .setTokensPerMinute(limit == null ? null : limit.getTokensPerMinute())
        .setTokensPerDay(limit == null ? null : limit.getTokensPerDay())
        .setAllowedModels(limit == null ? null : limit.getAllowedModels())
        .setDeniedModels(limit == null ? List.of() : limit.getDeniedModels())
        .setVersion(0)
        .setWrittenAt(null)
        .build();
  }

  private static BigDecimal money(BigDecimal amount) {
    return amount.setScale(12);
  }
}
