package io.tollgate.bench;

import io.tollgate.schemas.avro.Quality;
import io.tollgate.schemas.avro.UsageEvent;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * Events as gateways send them: some 280 bytes, three or four meters, keys with a long tail. Event
 * {@code n} of a seed is always the same.
 *
 * @param epoch prefix of the ids: another epoch is another set of events
 */
record Workload(
    long seed, String epoch, int organizations, int workspaces, int keys, Instant base) {
  static final String[] MODELS = {"bench-large", "bench-small", "bench-mini"};
  private static final double TAIL = 3.0;

  UsageEvent event(long number) {
    Random random = new Random(seed * 31 + number);
    // A cube of a uniform draw: the first tenth of the keys has almost half of the traffic.
    int key = (int) (keys * Math.pow(random.nextDouble(), TAIL));
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
        .setUser("user-" + random.nextInt(50_000))
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
