package io.tollgate.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.avro.UsageEvent;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class WorkloadTest {
  private static final Workload USUAL =
      Workload.usual(1, "test", 1_000, Instant.parse("2026-01-01T00:00:00Z"));
  private static final int EVENTS = 20_000;

  @Test
  void everyHundredthEventRepeatsAnEarlierOne() {
    assertThat(USUAL.event(199)).isEqualTo(USUAL.event(149));
    assertThat(USUAL.event(200)).isNotEqualTo(USUAL.event(150));
  }

  @Test
  void aLoudKeyHasHalfOfTheTraffic() {
    Workload workload = USUAL.shaped("loud", Workload.Shape.LOUD_KEY);
    assertThat(most(event -> workload.event(event).getApiKeyId())).isBetween(0.50, 0.54);
  }

  @Test
  void aLoudOrganizationHasNineTenthsOfTheTraffic() {
    Workload workload = USUAL.shaped("loud", Workload.Shape.LOUD_ORGANIZATION);
    assertThat(most(event -> workload.event(event).getOrganizationId())).isBetween(0.89, 0.92);
  }

  @Test
  void aUserIsOfOneKeyUnlessItIsAnyOfAll() {
    assertThat(keysOfUsers(USUAL.withAnyUser(0)))
        .allSatisfy((user, keys) -> assertThat(keys).hasSize(1));
    long several =
        keysOfUsers(USUAL.withAnyUser(100)).values().stream()
            .filter(keys -> keys.size() > 1)
            .count();
    assertThat(several).isGreaterThan(1_000);
  }

  private static Map<String, Set<String>> keysOfUsers(Workload workload) {
    Map<String, Set<String>> keys = new HashMap<>();
    for (long number = 0; number < EVENTS; number++) {
      UsageEvent event = workload.event(number);
      keys.computeIfAbsent(event.getUser(), user -> new HashSet<>()).add(event.getApiKeyId());
    }
    return keys;
  }

  private static double most(java.util.function.LongFunction<String> who) {
    Map<String, Integer> counts = new HashMap<>();
    for (long event = 0; event < EVENTS; event++) {
      counts.merge(who.apply(event), 1, Integer::sum);
    }
    return counts.values().stream().mapToInt(Integer::intValue).max().orElseThrow()
        / (double) EVENTS;
  }

  @Test
  void costIsWorkedOutInPicodollars() {
    // 1,000 × 2.5 + 64 × 0.25 + 10 × 10 dollars per million.
    assertThat(Workload.picos(Map.of("input", 1_000L, "cache_read", 64L, "output", 10L)))
        .isEqualTo(2_500_000_000L + 16_000_000L + 100_000_000L);
  }
}
