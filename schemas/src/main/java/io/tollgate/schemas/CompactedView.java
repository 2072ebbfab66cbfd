package io.tollgate.schemas;

import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A compacted topic as a map in memory, kept current by a thread of its own: how a role knows
 * principals or organizations without asking anyone. It begins at the first offset each time and
 * reads committed records only. When Kafka is away the last known state stays readable. A record
 * that cannot be read is logged and left out.
 */
public final class CompactedView<V extends SpecificRecord> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CompactedView.class);

  private final Topic<V> topic;
  private final AvroSerde<V> serde;
  private final Map<String, V> values = new ConcurrentHashMap<>();
  private final List<BiConsumer<String, @Nullable V>> listeners = new CopyOnWriteArrayList<>();
  private final TopicFollowing following;

  private CompactedView(Topic<V> topic, String bootstrapServers, SchemaIds ids) {
    this.topic = topic;
    this.serde = AvroSerde.of(topic, ids);
    // Reading again from the first offset is harmless: the newest wins.
    this.following =
        TopicReader.of(bootstrapServers, topic).follow("view-" + topic.name(), this::take);
  }

  /**
   * Starts reading; {@link #awaitCaughtUp} tells when what was there at the start has been read.
   */
  public static <V extends SpecificRecord> CompactedView<V> start(
      Topic<V> topic, String bootstrapServers, SchemaIds ids) {
    return new CompactedView<>(topic, bootstrapServers, ids);
  }

  public Optional<V> get(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /** A live, read-only picture of all values. */
  public Collection<V> values() {
    return Collections.unmodifiableCollection(values.values());
  }

  /**
   * Calls back for each further change, null standing for a removal, on the view's thread; must be
   * quick.
   */
  public void onChange(BiConsumer<String, @Nullable V> listener) {
    listeners.add(listener);
  }

  /** Whether everything that the topic held at the start has been read. */
  public boolean isCaughtUp() {
    return following.isCaughtUp();
  }

  /**
   * Waits until everything that the topic held at the start has been read.
   *
   * @throws IllegalStateException after the bound
   */
  public void awaitCaughtUp(Duration bound) {
    following.awaitCaughtUp(bound);
  }

  private TopicFollower.Next take(ConsumerRecords<String, byte[]> batch) {
    batch.forEach(this::apply);
    return TopicFollower.Next.GO_ON;
  }

  private void apply(ConsumerRecord<String, byte[]> record) {
    V value;
    try {
      value = serde.deserialize(record.topic(), record.value());
    } catch (MalformedRecord e) {
      LOG.error("{} at offset {} is left out: {}", topic.name(), record.offset(), e.getMessage());
      return;
    }
    if (value == null) {
      values.remove(record.key());
    } else {
      values.put(record.key(), value);
    }
    for (BiConsumer<String, @Nullable V> listener : listeners) {
      listener.accept(record.key(), value);
    }
  }

  @Override
  public void close() {
    following.close();
  }
}
