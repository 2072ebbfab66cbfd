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

  private static final byte SEPARATOR = 0x1f;

  private UsagePartitions() {}

  public static int of(String organizationId, String source, String id, int partitions) {
    return of(hash(organizationId, source, id), partitions);
  }

  /** Where an event with that {@link #hash} belongs. */
  public static int of(int hash, int partitions) {
    return hash % partitions;
  }

  private static int hash(String organizationId, String source, String id) {
    return hash(
        (organizationId + (char) SEPARATOR + source + (char) SEPARATOR + id)
            .getBytes(StandardCharsets.UTF_8));
  }

  private static int hash(byte[] joined) {
    return Utils.toPositive(Utils.murmur2(joined));
  }

  /**
   * The same of texts in UTF-8, each told by where it begins and its length: no text is made only
   * to be hashed.
   */
  static int hash(byte[] utf8, int[] organization, int[] source, int[] id) {
    byte[] joined = new byte[organization[1] + 1 + source[1] + 1 + id[1]];
    System.arraycopy(utf8, organization[0], joined, 0, organization[1]);
    int at = organization[1];
    joined[at++] = SEPARATOR;
    System.arraycopy(utf8, source[0], joined, at, source[1]);
    at += source[1];
    joined[at++] = SEPARATOR;
    System.arraycopy(utf8, id[0], joined, at, id[1]);
    return hash(joined);
  }

  /**
   * Where an event belongs. A correction belongs where the event it corrects does, under the id
   * that this one first came with.
   */
  public static int of(UsageEvent event, int partitions) {
    return of(hash(event), partitions);
  }

  /** What decides where an event belongs, whatever the number of partitions; not negative. */
  static int hash(UsageEvent event) {
    Correction correction = event.getCorrection();
    return hash(
        event.getOrganizationId(),
        event.getSource(),
        correction == null ? event.getId() : correction.getOriginalId());
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
