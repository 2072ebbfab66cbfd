package io.tollgate.app.chaos;

import io.tollgate.ingest.UsageEventBuilder;
import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
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
 * answered too late, some say something else under an earlier one's id, and some void or amend an
 * earlier one.
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

  private static final String SOURCE = "chaos-gateway";
  private static final String PREFIX = "evt-";
  private static final int MILLIS = 60_000;

  /** One in so many sendings repeats, or contradicts, one of the last {@link #FURTHEST_BACK}. */
  private static final int DUPLICATE_EVERY = 40;

  private static final int CONFLICT_EVERY = 500;
  private static final int FURTHEST_BACK = 2_000;

  /**
   * In every thousand one void and one amendment. How far back they reach is such that no two
   * correct the same event, and that what they correct is usage.
   */
  private static final int CORRECTION_EVERY = 1_000;

  private static final int VOID_AT = 500;
  private static final int VOID_BACK = 750;
  private static final int AMEND_AT = 600;
  private static final int AMEND_BACK = 650;

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
    CONFLICT,
    /** Takes an earlier one back. */
    VOID,
    /** Takes an earlier one back and counts itself. */
    AMEND
  }

  /**
   * One sending.
   *
   * @param original the number of the event whose id it carries, or which it corrects; its own
   *     number for usage
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
    if (number % CORRECTION_EVERY == VOID_AT) {
      return Kind.VOID;
    }
    if (number % CORRECTION_EVERY == AMEND_AT) {
      return Kind.AMEND;
    }
    return number % DUPLICATE_EVERY == DUPLICATE_EVERY - 1 ? Kind.DUPLICATE : Kind.USAGE;
  }

  Sending sending(long number) {
    Kind kind = kind(number);
    if (kind == Kind.USAGE) {
      return new Sending(kind, number, event(number, number));
    }
    long original = original(kind, number);
    UsageEvent accepted = event(original, original);
    return new Sending(
        kind,
        original,
        switch (kind) {
          case USAGE, DUPLICATE -> accepted;
          case CONFLICT -> event(original, number);
          case VOID -> UsageEventBuilder.voidOf(accepted, id(number), time(number));
          case AMEND -> amendment(number, accepted);
        });
  }

  /** Another model and other units, of the same key. */
  private UsageEvent amendment(long number, UsageEvent accepted) {
    UsageEvent own = event(number, number);
    UsageEventBuilder amendment =
        UsageEventBuilder.event(SOURCE, id(number), time(number))
            .tenant(
                new OrganizationId(accepted.getOrganizationId()),
                new WorkspaceId(accepted.getWorkspaceId()),
                new ApiKeyId(accepted.getApiKeyId()))
            .model(PROVIDER, own.getModel())
            .amends(accepted);
    own.getUnits().forEach((meter, units) -> amendment.units(Meter.of(meter), units));
    return amendment.build();
  }

  private long original(Kind kind, long number) {
    return switch (kind) {
      case USAGE -> number;
      case VOID -> number - VOID_BACK;
      case AMEND -> number - AMEND_BACK;
      case DUPLICATE, CONFLICT -> {
        long original = number - 1 - random(number).nextInt(FURTHEST_BACK - 1);
        while (kind(original) != Kind.USAGE || isCorrected(original)) {
          original--;
        }
        yield original;
      }
    };
  }

  /** What is said of an event after it was corrected is another story than a resend. */
  private static boolean isCorrected(long number) {
    long at = number % CORRECTION_EVERY;
    return at == (CORRECTION_EVERY + VOID_AT - VOID_BACK)
        || at == (CORRECTION_EVERY + AMEND_AT - AMEND_BACK);
  }

  private Instant time(long number) {
    return base.minusMillis(MILLIS).plusMillis(number % MILLIS);
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
        .setSource(SOURCE)
        .setId(id(number))
        .setEventTime(time(number))
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
      Sending sending = sending(number);
      String key = sending.event().getApiKeyId();
      switch (sending.kind()) {
        case USAGE -> totals.merge(key, Total.of(sending.event()), Total::plus);
        case VOID -> totals.merge(key, original(sending).negated(), Total::plus);
        case AMEND ->
            totals.merge(
                key, Total.of(sending.event()).plus(original(sending).negated()), Total::plus);
        case DUPLICATE, CONFLICT -> {}
      }
    }
    return totals;
  }

  private Total original(Sending correction) {
    return Total.of(event(correction.original(), correction.original()));
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
