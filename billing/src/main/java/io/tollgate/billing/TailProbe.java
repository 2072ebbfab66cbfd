package io.tollgate.billing;

import io.tollgate.schemas.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Tells records of usage.events from transaction markers, which a rerouted record leaves behind it:
 * both take an offset, but only records get an outcome. Without it a log that ends with a marker
 * would never be metered to its end.
 */
final class TailProbe implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final int MOST_POLLS = 5;

  private final KafkaConsumer<byte[], byte[]> consumer;

  /** Up to where a tail was found to hold no record, by where that tail began. */
  private final Map<Integer, Tail> empty = new HashMap<>();

  private record Tail(long from, long end) {}

  TailProbe(String bootstrapServers) {
    consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "isolation.level",
                IsolationLevel.READ_COMMITTED.toString(),
                "enable.auto.commit",
                false,
                "auto.offset.reset",
                "latest",
                "max.poll.records",
                1,
                "max.partition.fetch.bytes",
                1_024),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
  }

  /**
   * Where the records of a partition end, as far as that is above {@code from}.
   *
   * @param from up to where records are known
   * @param end of the log
   * @return {@code from} if there is no committed record from there on; else the end
   */
  synchronized long recordsEnd(int partition, long from, long end) {
    if (end <= from) {
      return end;
    }
    Tail known = empty.get(partition);
    long unknown = known != null && known.from() == from ? known.end() : from;
    if (end <= unknown) {
      return from;
    }
    TopicPartition tail = new TopicPartition(Topics.USAGE_EVENTS.name(), partition);
    consumer.assign(List.of(tail));
    consumer.seek(tail, unknown);
    for (int polls = 0; polls < MOST_POLLS && consumer.position(tail) < end; polls++) {
      for (ConsumerRecord<byte[], byte[]> row : consumer.poll(POLL)) {
        if (row.offset() < end) {
          return end;
        }
      }
    }
    if (consumer.position(tail) < end) {
      // Under a transaction that is still open.
      return end;
    }
    empty.put(partition, new Tail(from, end));
    return from;
  }

  @Override
  public synchronized void close() {
    consumer.close();
  }
}
