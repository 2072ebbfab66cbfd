package io.tollgate.schemas;

import io.tollgate.schemas.avro.Correction;
import io.tollgate.schemas.avro.UsageEvent;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.utils.Utils;

/**
 * The published partition function of usage.events: Kafka's murmur2 over {@code organization 0x1F
 * source 0x1F id} in UTF-8, made positive, modulo the partition count. A retry or a correction
 * meets its original whatever key it carries, and a key with half the traffic spreads over all
 * partitions. It never changes within a topic generation.
 */
public final class UsagePartitions {
  /** The generation of the topics that this version writes. */
  public static final int GENERATION = 1;

  private static final char SEPARATOR = '\u001f';

  private UsagePartitions() {}

  public static int of(String organizationId, String source, String id, int partitions) {
    byte[] bytes =
        (organizationId + SEPARATOR + source + SEPARATOR + id).getBytes(StandardCharsets.UTF_8);
    return Utils.toPositive(Utils.murmur2(bytes)) % partitions;
  }

  /**
   * Where an event belongs. A correction belongs where the event it corrects does, under the id
   * that this one first came with.
   */
  public static int of(UsageEvent event, int partitions) {
    Correction correction = event.getCorrection();
    return of(
        event.getOrganizationId(),
        event.getSource(),
        correction == null ? event.getId() : correction.getOriginalId(),
        partitions);
  }

  /**
   * The partition of an organization's deltas, and so of everything that is judged by them: the one
   * that Kafka's producers give to a record with the organization's id as its key.
   */
  public static int ofOrganization(String organizationId, int partitions) {
    byte[] key = organizationId.getBytes(StandardCharsets.UTF_8);
    return Utils.toPositive(Utils.murmur2(key)) % partitions;
  }

  /** The record key of usage.events and usage.rated. */
  public static String key(String organizationId, String workspaceId, String apiKeyId) {
    return organizationId + "/" + workspaceId + "/" + apiKeyId;
  }
}
