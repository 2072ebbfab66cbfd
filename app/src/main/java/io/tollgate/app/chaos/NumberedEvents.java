package io.tollgate.app.chaos;

import io.tollgate.schemas.avro.Quality;
import io.tollgate.schemas.avro.UsageEvent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * What a gateway sends, by number: sending {@code n} of a seed is always the same, so that the
 * process that sends, the one that sends again after a kill, and the auditor agree without telling
 * each other. Most sendings are usage; some repeat an earlier one, as a gateway does that was
 * answered too late, and some say something else under an earlier one's id.
 *
 * @param base event times lie in the minute before it
 */
record NumberedEvents(long seed, Instant base) {
  static final String PROVIDER = "chaos";
  static final List<String> MODELS = List.of("chaos-large", "chaos-small");

  /** Per 1,000,000 units, by model and meter. */
  static final Map<String, Map<String, String>> RATES =
      Map.of(
          "chaos-large", Map.of("input", "3", "cache_read", "0.3", "output", "15"),
          "chaos-small", Map.of("input", "0.15", "cache_read", "0.075", "output", "0.6"));

  private static final String PREFIX = "evt-";
  private static final int MILLIS = 60_000;

  /** One in so many sendings repeats, or contradicts, one of the last {@link #FURTHEST_BACK}. */
  private static final int DUPLICATE_EVERY = 40;

  private static final int CONFLICT_EVERY = 500;
  private static final int FURTHEST_BACK = 2_000;

  /** Keeps the random numbers of neighbouring seeds apart. */
  private static final long SEED_STRIDE = 1_000_003;

  /** An API key and where it hangs. */
  record Key(String organization, String workspace, String key) {}

  /** What a sending is. */
  enum Kind {
    /** An event of its own. */
    USAGE,
    /** Id and body of an earlier one. */
    DUPLICATE,
    /** The id of an earlier one, and another body. */
    CONFLICT
  }

  /**
   * One sending.
   *
   * @param original the number of the event whose id it carries; its own number for usage
   */
  record Sending(Kind kind, long original, UsageEvent event) {}

  /**
   * Three organizations, each with two workspaces of two keys. Their deltas fall on both partitions
   * of a local stack's usage.deltas, so that each partition has something to commit.
   */
  static List<Key> keys() {
    List<Key> keys = new ArrayList<>();
    for (String organization : List.of("chaos-a", "chaos-b", "chaos-c")) {
      for (String workspace : List.of(organization + "-one", organization + "-two")) {
        for (int key = 1; key <= 2; key++) {
          keys.add(new Key(organization, workspace, workspace + "-" + key));
        }
      }
    }
    return keys;
  }

  static String id(long number) {
    return PREFIX + number;
  }

  /**
   * The number in an id of ours.
   *
   * @throws NumberFormatException for somebody else's
   */
  static int number(String id) {
    return Integer.parseInt(id.startsWith(PREFIX) ? id.substring(PREFIX.length()) : id);
  }

  Kind kind(long number) {
    if (number < FURTHEST_BACK) {
      return Kind.USAGE;
    }
    if (number % CONFLICT_EVERY == CONFLICT_EVERY - 1) {
      return Kind.CONFLICT;
    }
    return number % DUPLICATE_EVERY == DUPLICATE_EVERY - 1 ? Kind.DUPLICATE : Kind.USAGE;
  }

  Sending sending(long number) {
    Kind kind = kind(number);
    if (kind == Kind.USAGE) {
      return new Sending(kind, number, event(number, number));
    }
    long original = original(number);
    return switch (kind) {
      case USAGE, DUPLICATE -> new Sending(kind, original, event(original, original));
      case CONFLICT -> new Sending(kind, original, event(original, number));
    };
  }

  private long original(long number) {
    long original = number - 1 - random(number).nextInt(FURTHEST_BACK - 1);
    while (kind(original) != Kind.USAGE) {
      original--;
    }
    return original;
  }

  private Random random(long number) {
    return new Random(seed * SEED_STRIDE + number);
  }

  /** The tenant of one number and the body of another; of usage both are the same. */
  private UsageEvent event(long number, long body) {
    Random random = random(body);
    Key own = keys().get(random.nextInt(keys().size()));
    Key key = number == body ? own : keys().get(random(number).nextInt(keys().size()));
    String model = MODELS.get(random.nextInt(MODELS.size()));
    Map<String, Long> units = new HashMap<>();
    // Above what any event of usage has, so that a conflict is never the same by chance.
    units.put("input", (long) random.nextInt(5_000) + (number == body ? 0 : 5_000));
    units.put("output", (long) random.nextInt(1_000));
    if (random.nextBoolean()) {
      units.put("cache_read", (long) random.nextInt(10_000));
    }
    return UsageEvent.newBuilder()
        .setSource("chaos-gateway")
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

  /** What the first {@code count} sendings must come to, per API key. */
  Map<String, Total> totals(long count) {
    Map<String, Total> totals = new TreeMap<>();
    for (long number = 0; number < count; number++) {
      if (kind(number) == Kind.USAGE) {
        UsageEvent event = event(number, number);
        totals.merge(event.getApiKeyId(), Total.of(event), Total::plus);
      }
    }
    return totals;
  }

  /** How many of the first {@code count} sendings are of a kind. */
  long count(Kind kind, long count) {
    long found = 0;
    for (long number = 0; number < count; number++) {
      if (kind(number) == kind) {
        found++;
      }
    }
    return found;
  }

  /** What an event costs, in plain decimals. */
  static BigDecimal cost(UsageEvent event) {
    Map<String, String> rates = RATES.getOrDefault(event.getModel(), Map.of());
    BigDecimal cost = BigDecimal.ZERO;
    for (Map.Entry<String, Long> unit : event.getUnits().entrySet()) {
      BigDecimal rate = new BigDecimal(rates.getOrDefault(unit.getKey(), "0"));
      cost = cost.add(rate.multiply(BigDecimal.valueOf(unit.getValue())).movePointLeft(6));
    }
    return cost;
  }
}
