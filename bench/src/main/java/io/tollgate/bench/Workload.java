package io.tollgate.bench;

import io.tollgate.schemas.avro.Quality;
import io.tollgate.schemas.avro.UsageEvent;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Events as gateways send them: some 280 bytes, two or three meters. Event {@code n} of a seed is
 * always the same; every hundredth is a repetition of an earlier one.
 *
 * <p>A user belongs to one key and sends with it; a few of a key's users send most of its events. A
 * share of the events names any user instead, whatever the key: no two of those need be alike.
 *
 * @param epoch prefix of the ids: another epoch is another set of events
 * @param anyUser percentage of the events that name any of all users
 */
record Workload(
    long seed,
    String epoch,
    Shape shape,
    int organizations,
    int workspaces,
    int keys,
    int anyUser,
    Instant base) {
  static final String[] MODELS = {"bench-large", "bench-small", "bench-mini"};

  /** Picodollars per unit, which is dollars per million units times a million. */
  static final long INPUT_PICOS = 2_500_000;

  static final long CACHE_READ_PICOS = 250_000;
  static final long OUTPUT_PICOS = 10_000_000;

  static final int USUAL_ANY_USER = 10;

  private static final int USERS = 50_000;
  private static final double TAIL = 3.0;
  private static final double LOUD_KEY = 0.52;
  private static final double LOUD_ORGANIZATION = 0.90;
  private static final int REPEAT_EVERY = 100;
  private static final int REPEAT_DISTANCE = 50;

  /** Who sends how much. */
  enum Shape {
    /** The first tenth of the keys has almost half of the traffic. */
    LONG_TAIL,
    EVEN,
    /** Key 0 has 52 %, the others have equal parts of the rest. */
    LOUD_KEY,
    /** Organization 0 has 90 %, spread evenly over its keys. */
    LOUD_ORGANIZATION
  }

  /** A long tail over 20 organizations of three workspaces each. */
  static Workload usual(long seed, String epoch, int keys, Instant base) {
    return new Workload(seed, epoch, Shape.LONG_TAIL, 20, 60, keys, USUAL_ANY_USER, base);
  }

  static Workload usual(BenchOptions options, String epoch) {
    return usual(options.seed, epoch, options.keys, Instant.now().minusSeconds(900))
        .withAnyUser(options.anyUser);
  }

  Workload withAnyUser(int percent) {
    return new Workload(seed, epoch, shape, organizations, workspaces, keys, percent, base);
  }

  Workload shaped(String newEpoch, Shape newShape) {
    return new Workload(seed, newEpoch, newShape, organizations, workspaces, keys, anyUser, base);
  }

  /** Whether event {@code number} repeats an earlier one, byte for byte. */
  static boolean repeats(long number) {
    return number % REPEAT_EVERY == REPEAT_EVERY - 1;
  }

  UsageEvent event(long wanted) {
    long number = repeats(wanted) ? wanted - REPEAT_DISTANCE : wanted;
    // Not java.util.Random, whose first draws of neighbouring seeds are neighbours.
    SplittableRandom random = new SplittableRandom(seed * 1_000_000_007L + number);
    int key = key(random);
    int organization = key % organizations;
    int workspace = key % workspaces;
    Map<String, Long> units = new HashMap<>(8);
    units.put("input", 1L + random.nextInt(4000));
    units.put("output", 1L + random.nextInt(800));
    if (random.nextInt(3) == 0) {
      units.put("cache_read", 64L * random.nextInt(64));
    }
    return UsageEvent.newBuilder()
        .setSource("gateway-" + key % 8)
        .setId(epoch + "-" + number)
        .setEventTime(base.plusMillis(number % 600_000))
        .setOrganizationId(organization(organization))
        .setWorkspaceId(workspace(organization, workspace))
        .setApiKeyId(key(organization, workspace, key))
        .setUser("user-" + user(random, key))
        .setFeature("chat")
        .setTags(Map.of("region", "eu-west-1"))
        .setProvider("bench")
        .setRequestedModel(MODELS[key % MODELS.length])
        .setModel(MODELS[key % MODELS.length])
        .setServiceTier("standard")
        .setUnits(units)
        .setProviderRequestId("req_" + Long.toHexString(random.nextLong()))
        .setQuality(Quality.REPORTED)
        .build();
  }

  private int user(SplittableRandom random, int key) {
    if (random.nextInt(100) < anyUser) {
      return random.nextInt(USERS);
    }
    // Those with the key's number, counted in keys: at least one.
    int ofKey = Math.max(1, USERS / keys);
    return key + keys * (int) (ofKey * Math.pow(random.nextDouble(), TAIL));
  }

  private int key(SplittableRandom random) {
    return switch (shape) {
      case LONG_TAIL -> (int) (keys * Math.pow(random.nextDouble(), TAIL));
      case EVEN -> random.nextInt(keys);
      case LOUD_KEY -> random.nextDouble() < LOUD_KEY ? 0 : random.nextInt(keys);
      case LOUD_ORGANIZATION ->
          random.nextDouble() < LOUD_ORGANIZATION
              ? organizations * random.nextInt(keys / organizations)
              : random.nextInt(keys);
    };
  }

  /** What an event costs by the bench's prices, worked out without the product's rating. */
  static long picos(Map<String, Long> units) {
    return Math.addExact(
        Math.addExact(
            Math.multiplyExact(units.getOrDefault("input", 0L), INPUT_PICOS),
            Math.multiplyExact(units.getOrDefault("cache_read", 0L), CACHE_READ_PICOS)),
        Math.multiplyExact(units.getOrDefault("output", 0L), OUTPUT_PICOS));
  }

  static String organization(int organization) {
    return "org-" + organization;
  }

  static String workspace(int organization, int workspace) {
    return "ws-" + organization + "-" + workspace;
  }

  static String key(int organization, int workspace, int key) {
    return "key-" + organization + "-" + workspace + "-" + key;
  }

  /** Visits the tenancy of every key once. */
  void eachKey(KeyVisitor visitor) {
    for (int key = 0; key < keys; key++) {
      int organization = key % organizations;
      int workspace = key % workspaces;
      visitor.visit(
          organization(organization),
          workspace(organization, workspace),
          key(organization, workspace, key));
    }
  }

  /** Told of each key. */
  interface KeyVisitor {
    void visit(String organizationId, String workspaceId, String apiKeyId);
  }
}
