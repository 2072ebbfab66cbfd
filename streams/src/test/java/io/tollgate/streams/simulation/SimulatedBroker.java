package io.tollgate.streams.simulation;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Logs of records by topic and partition, and the offsets that were committed. What is in a log is
 * committed: a transaction is written as a whole or not at all, and leaves a marker behind it that
 * takes an offset, as in Kafka.
 */
final class SimulatedBroker {
  private final Map<String, Integer> partitions = new HashMap<>();
  private final Map<String, TreeMap<Integer, Log>> logs = new TreeMap<>();
  private final Map<TopicPartition, Long> committed = new HashMap<>();

  /**
   * One record of a log.
   *
   * @param appendedAt epoch milliseconds
   */
  record Entry(
      String topic,
      int partition,
      long offset,
      long appendedAt,
      byte @Nullable [] key,
      byte @Nullable [] value,
      Headers headers) {}

  /** One partition: its records in order, with gaps where markers are. */
  static final class Log {
    private final List<Entry> entries = new ArrayList<>();
    private long end;

    /** All records so far. */
    List<Entry> entries() {
      return entries;
    }

    /** The offset that the next record gets. */
    long end() {
      return end;
    }

    /** The first record at or after an offset; null at the end. */
    @Nullable Entry from(long offset) {
      int low = 0;
      int high = entries.size();
      while (low < high) {
        int middle = (low + high) / 2;
        if (entries.get(middle).offset() < offset) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low == entries.size() ? null : entries.get(low);
    }
  }

  /** Says how many partitions a topic has; others have one. */
  void create(String topic, int count) {
    partitions.put(topic, count);
  }

  int partitions(String topic) {
    return partitions.getOrDefault(topic, 1);
  }

  Log log(String topic, int partition) {
    return logs.computeIfAbsent(topic, t -> new TreeMap<>())
        .computeIfAbsent(partition, p -> new Log());
  }

  Entry append(
      String topic,
      int partition,
      byte @Nullable [] key,
      byte @Nullable [] value,
      Headers headers,
      long now) {
    Log log = log(topic, partition);
    Entry entry = new Entry(topic, partition, log.end++, now, key, value, headers);
    log.entries.add(entry);
    return entry;
  }

  /** A transaction's end takes an offset in every partition it wrote to. */
  void mark(String topic, int partition) {
    log(topic, partition).end++;
  }

  long committed(TopicPartition partition) {
    return committed.getOrDefault(partition, 0L);
  }

  void commit(TopicPartition partition, long offset) {
    committed.put(partition, offset);
  }

  /** A digest over every record of every topic, those internal to the topologies included. */
  String digest() {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
    logs.forEach(
        (topic, byPartition) ->
            byPartition.forEach(
                (partition, log) -> {
                  digest.update(topic.getBytes(StandardCharsets.UTF_8));
                  number(digest, partition);
                  for (Entry entry : log.entries) {
                    number(digest, entry.offset());
                    number(digest, entry.appendedAt());
                    bytes(digest, entry.key());
                    bytes(digest, entry.value());
                    for (Header header : entry.headers()) {
                      bytes(digest, header.key().getBytes(StandardCharsets.UTF_8));
                      bytes(digest, header.value());
                    }
                  }
                }));
    return HexFormat.of().formatHex(digest.digest(), 0, 16);
  }

  private static void number(MessageDigest digest, long number) {
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, number));
  }

  private static void bytes(MessageDigest digest, byte @Nullable [] bytes) {
    number(digest, bytes == null ? -1 : bytes.length);
    if (bytes != null) {
      digest.update(bytes);
    }
  }
}
