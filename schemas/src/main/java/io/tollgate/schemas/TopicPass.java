package io.tollgate.schemas;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One reading of partitions, from where they start on, that knows when it has passed their ends.
 */
final class TopicPass {
  private static final Logger LOG = LoggerFactory.getLogger(TopicPass.class);
  private static final Duration POLL = Duration.ofMillis(100);

  private final Consumer<String, byte[]> consumer;

  /** Of the partitions that have not been read to their end. */
  private final Map<TopicPartition, Long> ends;

  /**
   * Begins.
   *
   * @param ends what to read, and up to where
   */
  TopicPass(Consumer<String, byte[]> consumer, TopicStart start, Map<TopicPartition, Long> ends) {
    this.consumer = consumer;
    this.ends = new HashMap<>(ends);
    consumer.assign(ends.keySet());
    starts(consumer, start, ends).forEach(consumer::seek);
  }

  private static Map<TopicPartition, Long> starts(
      Consumer<String, byte[]> consumer, TopicStart start, Map<TopicPartition, Long> ends) {
    return switch (start) {
      case TopicStart.First() -> consumer.beginningOffsets(ends.keySet());
      case TopicStart.End() -> ends;
      case TopicStart.Appended(Instant from) -> appended(consumer, from, ends);
      case TopicStart.Kept(var offsets) -> kept(consumer, offsets.get(), ends);
    };
  }

  private static Map<TopicPartition, Long> appended(
      Consumer<String, byte[]> consumer, Instant from, Map<TopicPartition, Long> ends) {
    Map<TopicPartition, Long> times = new HashMap<>();
    ends.keySet().forEach(partition -> times.put(partition, from.toEpochMilli()));
    Map<TopicPartition, Long> starts = new HashMap<>(ends);
    consumer
        .offsetsForTimes(times)
        .forEach(
            (TopicPartition partition, OffsetAndTimestamp found) -> {
              if (found != null) {
                starts.put(partition, found.offset());
              }
            });
    return starts;
  }

  private static Map<TopicPartition, Long> kept(
      Consumer<String, byte[]> consumer,
      Map<Integer, Long> offsets,
      Map<TopicPartition, Long> ends) {
    Map<TopicPartition, Long> starts = new HashMap<>(consumer.beginningOffsets(ends.keySet()));
    // Not the ends given: another reader may have moved the offsets past them meanwhile.
    Map<TopicPartition, Long> latest = consumer.endOffsets(ends.keySet());
    starts.replaceAll(
        (partition, first) -> {
          long next = offsets.getOrDefault(partition.partition(), first);
          if (next < first || next > latest.getOrDefault(partition, Long.MAX_VALUE)) {
            LOG.warn("{} has no offset {}; it is read from {}", partition, next, first);
            return first;
          }
          return next;
        });
    return starts;
  }

  ConsumerRecords<String, byte[]> poll() {
    return consumer.poll(POLL);
  }

  /** Whether everything below the ends has been polled. */
  boolean atEnds() {
    ends.entrySet().removeIf(end -> consumer.position(end.getKey()) >= end.getValue());
    return ends.isEmpty();
  }

  @Override
  public String toString() {
    return "still open: " + ends;
  }
}
