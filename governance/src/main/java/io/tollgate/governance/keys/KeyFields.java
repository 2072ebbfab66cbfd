package io.tollgate.governance.keys;

import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.Lifetime;
import io.tollgate.http.Scope;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.IpRange;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the fields of an API key may hold, whether it is new or edited. */
final class KeyFields {
  /** What a gateway needs: to report and to ask. */
  static final List<String> USUAL_SCOPES =
      List.of(Scope.ADMISSION.wireName(), Scope.EVENTS_WRITE.wireName());

  static final int MOST_IP_RANGES = 50;

  private KeyFields() {}

  /** Scopes in order, each once. */
  static List<String> scopes(List<String> scopes) {
    for (int i = 0; i < scopes.size(); i++) {
      InvalidInput.unless(
          Scope.find(scopes.get(i)).isPresent(),
          "scopes[" + i + "]",
          scopes.get(i),
          "must be one of "
              + String.join(", ", Stream.of(Scope.values()).map(Scope::wireName).toList()));
    }
    InvalidInput.unless(
        !scopes.isEmpty() && scopes.stream().distinct().count() == scopes.size(),
        "scopes",
        scopes,
        "must name at least one scope, each once");
    return scopes.stream().sorted().toList();
  }

  /** Address ranges as CIDR text; an empty list allows every address. */
  static List<String> ipRanges(List<String> ranges) {
    InvalidInput.unless(
        ranges.size() <= MOST_IP_RANGES,
        "allowed_ip_ranges",
        ranges.size() + " ranges",
        "must be at most " + MOST_IP_RANGES);
    for (int i = 0; i < ranges.size(); i++) {
      IpRange.parse("allowed_ip_ranges[" + i + "]", ranges.get(i));
    }
    InvalidInput.unless(
        ranges.stream().distinct().count() == ranges.size(),
        "allowed_ip_ranges",
        ranges,
        "must name each range once");
    return List.copyOf(ranges);
  }

  /** Checks the form of the times that a key is given. */
  static void checkTimes(
      @Nullable String expiresAt, @Nullable Long expiresInSeconds, @Nullable String rotationDueAt) {
    InvalidInput.unless(
        expiresAt == null || expiresInSeconds == null,
        "expires_in_seconds",
        expiresInSeconds == null ? "" : expiresInSeconds,
        "must be left out beside expires_at");
    if (expiresAt != null) {
      Inputs.instant("expires_at", expiresAt);
    }
    Lifetime.check(expiresInSeconds);
    if (rotationDueAt != null) {
      Inputs.instant("rotation_due_at", rotationDueAt);
    }
  }

  /**
   * When a key expires by what it is given; null if it is given nothing.
   *
   * @throws InvalidInput if that is not ahead
   */
  static @Nullable Instant expiry(
      @Nullable String expiresAt, @Nullable Long expiresInSeconds, Instant now) {
    return expiresAt == null
        ? Lifetime.end(expiresInSeconds, now)
        : ahead("expires_at", Inputs.instant("expires_at", expiresAt), now);
  }

  /** An instant that must be ahead; judged when it is used, because a record has no clock. */
  static Instant ahead(String field, Instant instant, Instant now) {
    InvalidInput.unless(
        instant.isAfter(now) && instant.isBefore(now.plus(Lifetime.LONGEST)),
        field,
        instant,
        "must be in the future, at most " + Lifetime.LONGEST.toDays() + " days ahead");
    return instant;
  }
}
