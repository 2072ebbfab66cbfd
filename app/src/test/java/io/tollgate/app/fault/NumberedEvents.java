package io.tollgate.app.fault;

import io.tollgate.schemas.avro.Quality;
import io.tollgate.schemas.avro.UsageEvent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Event {@code n} of a seed is always the same, so that the process that sends, the one that sends
 * again after a kill, and the test that adds up agree without telling each other. Shares no code
 * with rating: costs are plain BigDecimal.
 */
record NumberedEvents(long seed, Instant base) {
  static final String PROVIDER = "fault";
  static final List<String> MODELS = List.of("fault-large", "fault-small");

  /** Per 1,000,000 units, by model and meter. */
  static final Map<String, Map<String, String>> RATES =
      Map.of(
          "fault-large", Map.of("input", "3", "cache_read", "0.3", "output", "15"),
          "fault-small", Map.of("input", "0.15", "cache_read", "0.075", "output", "0.6"));

  private static final int MILLIS = 60_000;
  private static final BigDecimal MILLION = BigDecimal.valueOf(1_000_000);

  /** An API key and where it hangs. */
  record Key(String organization, String workspace, String key) {}

  /** Two organizations, each with two workspaces of two keys. */
  static List<Key> keys() {
    return List.of(
        new Key("fault-a", "fault-a-one", "fault-a-one-1"),
        new Key("fault-a", "fault-a-one", "fault-a-one-2"),
        new Key("fault-a", "fault-a-two", "fault-a-two-1"),
        new Key("fault-a", "fault-a-two", "fault-a-two-2"),
        new Key("fault-b", "fault-b-one", "fault-b-one-1"),
        new Key("fault-b", "fault-b-one", "fault-b-one-2"),
        new Key("fault-b", "fault-b-two", "fault-b-two-1"),
        new Key("fault-b", "fault-b-two", "fault-b-two-2"));
  }

  static String id(long number) {
    return "evt-" + number;
  }

  UsageEvent event(long number) {
    Random random = new Random(seed * 1_000_003 + number);
    Key key = keys().get(random.nextInt(keys().size()));
    String model = MODELS.get(random.nextInt(MODELS.size()));
    Map<String, Long> units = new HashMap<>();
    units.put("input", (long) random.nextInt(5_000));
    units.put("output", (long) random.nextInt(1_000));
    if (random.nextBoolean()) {
      units.put("cache_read", (long) random.nextInt(10_000));
    }
    return UsageEvent.newBuilder()
        .setSource("fault-gateway")
        .setId(id(number))
        .setEventTime(base.minusMillis(MILLIS).plusMillis(number % MILLIS))
        .setOrganizationId(key.organization())
        .setWorkspaceId(key.workspace())
        .setApiKeyId(key.key())
        .setProvider(PROVIDER)
        .setModel(model)
        .setUnits(units)
        .setQuality(Quality.REPORTED)
        .build();
  }

  /** What the first {@code count} events come to, per organization. */
  Map<String, Total> totals(long count) {
    Map<String, Total> totals = new TreeMap<>();
    for (long number = 0; number < count; number++) {
      UsageEvent event = event(number);
      totals.merge(event.getOrganizationId(), Total.of(event), Total::plus);
    }
    return totals;
  }

  /** Requests, units over all meters, and exact cost. */
  record Total(long requests, long units, BigDecimal cost) {
    static Total of(UsageEvent event) {
      Map<String, String> rates = RATES.getOrDefault(event.getModel(), Map.of());
      BigDecimal cost = BigDecimal.ZERO;
      long units = 0;
      for (Map.Entry<String, Long> unit : event.getUnits().entrySet()) {
        units += unit.getValue();
        BigDecimal rate = new BigDecimal(rates.getOrDefault(unit.getKey(), "0"));
        cost = cost.add(rate.multiply(BigDecimal.valueOf(unit.getValue())).divide(MILLION));
      }
      return new Total(1, units, cost);
    }

    Total plus(Total other) {
      return new Total(requests + other.requests, units + other.units, cost.add(other.cost))
          .normal();
    }

    /** Costs compare by value: 1.50 is 1.5. */
    Total normal() {
      return new Total(requests, units, cost.stripTrailingZeros());
    }

    @Override
    public String toString() {
      return requests
          + " requests, "
          + units
          + " units, "
          + cost.stripTrailingZeros().toPlainString();
    }
  }
}
