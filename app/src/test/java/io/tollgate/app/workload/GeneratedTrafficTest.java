package io.tollgate.app.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.InvalidInput;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GeneratedTrafficTest {
  private static final TenantPlan PLAN = TenantPlan.bundled();
  private static final PriceList PRICES = PriceList.bundled();

  /**
   * Golden: the same seed must mean the same traffic in every version, or yesterday's figures
   * cannot be compared with today's.
   */
  @Test
  void seed42IsTheSameTrafficForGood() {
    OwnCount.Sums total = OwnCount.of(new GeneratedTraffic(PLAN, 2_000, 42), PRICES).total();

    assertThat(
            "%d requests, %d in, %d out, %s"
                .formatted(
                    total.requests(),
                    total.inputTokens(),
                    total.outputTokens(),
                    total.cost().toPlainString()))
        .isEqualTo("2000 requests, 10214231 in, 1354203 out, 31.435162100");
  }

  @Test
  void aWorkloadHandsOutTheSameEventsEachTime() {
    GeneratedTraffic traffic = new GeneratedTraffic(PLAN, 3_000, 7);

    assertThat(collect(traffic)).isEqualTo(collect(traffic));
    assertThat(collect(new GeneratedTraffic(PLAN, 3_000, 8))).isNotEqualTo(collect(traffic));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 719, 720, 5_000})
  void handsOutExactlyTheEventsAskedForAndRepeatsUnchanged(int events) {
    GeneratedTraffic traffic = new GeneratedTraffic(PLAN, events, 3);
    Map<String, PlannedEvent> first = new HashMap<>();
    List<PlannedEvent> again = new ArrayList<>();
    traffic.forEach(
        event -> {
          if (event.resent()) {
            again.add(event);
          } else {
            assertThat(first.put(event.id(), event)).isNull();
          }
        });

    assertThat(first).hasSize(events);
    assertThat(again).hasSize((int) traffic.resent());
    assertThat(again)
        .allSatisfy(event -> assertThat(event).isEqualTo(first.get(event.id()).again()));
  }

  @Test
  void looksLikeRealTraffic() {
    GeneratedTraffic traffic = new GeneratedTraffic(PLAN, 30_000, 42);
    Map<String, Long> byKey = new HashMap<>();
    Set<String> meters = new HashSet<>();
    Set<String> providers = new HashSet<>();
    traffic.forEach(
        event -> {
          byKey.merge(event.seat().key().id().value(), 1L, Long::sum);
          meters.addAll(event.units().keySet());
          providers.add(event.provider());
          assertThat(event.time()).isBetween(traffic.from(), traffic.to().minusNanos(1_000));
          assertThat(event.units().values()).allMatch(units -> units >= 0);
        });

    assertThat(byKey).as("every key has traffic").hasSize(PLAN.seats().size());
    long busiest = byKey.values().stream().max(Long::compare).orElseThrow();
    assertThat(busiest).as("the busiest key has a fifth to a third").isBetween(6_000L, 10_000L);
    assertThat(meters)
        .containsExactlyInAnyOrder(
            "input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning");
    assertThat(providers).containsExactlyInAnyOrder("openai", "anthropic", "google");
    assertThat(traffic.resent()).isBetween(300L, 600L);
  }

  @Test
  void someRequestsCrossAContextTier() {
    Map<PriceList.ModelName, PriceList.PricedModel> byName = PRICES.byName();
    List<PlannedEvent> crossing = new ArrayList<>();
    new GeneratedTraffic(PLAN, 30_000, 42)
        .forEach(
            event ->
                byName
                    .get(new PriceList.ModelName(event.provider(), event.model()))
                    .above()
                    .filter(tier -> event.inputTokens() > tier.tokens())
                    .ifPresent(tier -> crossing.add(event)));

    assertThat(crossing).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 10_000_001})
  void refusesCountsOutOfBounds(int events) {
    assertThatThrownBy(() -> new GeneratedTraffic(PLAN, events, 1))
        .isInstanceOf(InvalidInput.class)
        .hasMessage("--events = " + events + ": must be 1 to 10,000,000");
  }

  private static List<PlannedEvent> collect(Workload workload) {
    List<PlannedEvent> events = new ArrayList<>();
    workload.forEach(events::add);
    return events;
  }
}
