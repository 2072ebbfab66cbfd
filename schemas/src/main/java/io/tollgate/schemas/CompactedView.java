package io.tollgate.schemas;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
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
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration CLOSE = Duration.ofSeconds(5);

  private final Topic<V> topic;
  private final AvroSerde<V> serde;
  private final Consumer<String, byte[]> consumer;
  private final Map<String, V> values = new ConcurrentHashMap<>();
  private final List<BiConsumer<String, @Nullable V>> listeners = new CopyOnWriteArrayList<>();
  private final CountDownLatch caughtUp = new CountDownLatch(1);
  private final Thread thread;
  private volatile boolean closing;

  private CompactedView(Topic<V> topic, AvroSerde<V> serde, Consumer<String, byte[]> consumer) {
    this.topic = topic;
    this.serde = serde;
    this.consumer = consumer;
    this.thread = Thread.ofPlatform().daemon().name("view-" + topic.name()).unstarted(this::run);
  }

  /**
   * Starts reading; {@link #awaitCaughtUp} tells when what was there at the start has been read.
   */
  public static <V extends SpecificRecord> CompactedView<V> start(
      Topic<V> topic, String bootstrapServers, SchemaIds ids) {
    Map<String, Object> config =
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            IsolationLevel.READ_COMMITTED.toString(),
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            false,
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            "earliest");
    CompactedView<V> view =
        new CompactedView<>(
            topic,
            AvroSerde.of(topic, ids),
            new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer()));
    view.thread.start();
    return view;
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
    return caughtUp.getCount() == 0;
  }

  /**
   * Waits until everything that the topic held at the start has been read.
   *
   * @throws IllegalStateException after the bound
   */
  public void awaitCaughtUp(Duration bound) {
    try {
      if (!caughtUp.await(bound.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException(topic.name() + " could not be read within " + bound);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while reading " + topic.name(), e);
    }
  }

  private void run() {
    try (consumer) {
      while (!closing) {
        follow();
      }
    }
  }

  /**
   * Reads from the first offset on until closed or something fails; reading again is harmless, the
   * newest wins.
   */
  private void follow() {
    try {
      List<TopicPartition> partitions = partitions();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (!closing) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
          apply(record);
        }
        if (!isCaughtUp()
            && partitions.stream()
                .allMatch(p -> consumer.position(p) >= ends.getOrDefault(p, 0L))) {
          caughtUp.countDown();
        }
      }
    } catch (WakeupException e) {
      LOG.debug("{} is closed", topic.name());
    } catch (KafkaException | RegistryUnavailable e) {
      LOG.warn(
          "{} cannot be read now, what is known stays readable: {}", topic.name(), e.toString());
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private List<TopicPartition> partitions() {
    List<TopicPartition> partitions = new ArrayList<>();
    for (PartitionInfo info : consumer.partitionsFor(topic.name())) {
      partitions.add(new TopicPartition(info.topic(), info.partition()));
    }
    return partitions;
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
    closing = true;
    consumer.wakeup();
    try {
      thread.join(CLOSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
