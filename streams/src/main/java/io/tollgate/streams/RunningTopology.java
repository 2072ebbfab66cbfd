package io.tollgate.streams;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyQueryMetadata;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.HostInfo;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One topology at work. A thread that fails is replaced: what fails is infrastructure, since bad
 * records are outcomes. One that keeps failing is not: after {@link #MOST_RESTARTS} within {@link
 * #RESTART_WINDOW} the topology stops and stays down until somebody looks.
 */
final class RunningTopology implements AutoCloseable {
  static final int MOST_RESTARTS = 20;
  static final Duration RESTART_WINDOW = Duration.ofMinutes(10);

  private static final Logger LOG = LoggerFactory.getLogger(RunningTopology.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
  private static final Duration CLOSE = Duration.ofSeconds(20);

  private static final int HEARTBEATS_PER_SESSION = 4;

  /** Records taken per poll: enough to amortize the loop, few enough that a commit is not late. */
  private static final int RECORDS_PER_POLL = 2_000;

  /** A restart waits for them; each poll is a batch of writes to every store it has records of. */
  private static final int RECORDS_PER_RESTORE = 4_000;

  /**
   * How soon a task moves to an instance that has caught up with its state; the least that Kafka
   * Streams takes.
   */
  private static final Duration LOOK_FOR_CAUGHT_UP = Duration.ofMinutes(1);

  /**
   * How long the broker may hold a fetch of a global table that has nothing new. At the start the
   * tables are read one after the other by one consumer, and the next table's first fetch waits
   * behind such a one: with Kafka's half second a start takes a second or two longer.
   */
  private static final Duration GLOBAL_FETCH = Duration.ofMillis(50);

  /**
   * The broker gathers records for so long, or until there are so many bytes: answering each time
   * there is one, as it does by default, took the broker and the role half of their time at half of
   * what they can do.
   */
  private static final Duration FETCH_WAIT = Duration.ofMillis(50);

  private static final int FETCH_BYTES = 64 * 1024;

  /**
   * What was fetched of one partition is processed before what was fetched of the next, and with
   * Kafka's mebibyte that is 20,000 events: behind after a restart, one partition stood still for
   * six seconds while the other was served.
   */
  private static final int PARTITION_BYTES = 128 * 1024;

  /**
   * A changelog is compacted up to the segment that is written to, and with Kafka's gibibyte hardly
   * ever: after a kill all of it is read, and most of it had been replaced long since.
   */
  private static final int CHANGELOG_SEGMENT = 8 << 20;

  private static final int BATCH_BYTES = 256 * 1024;
  private static final long PRODUCER_BYTES = 64L << 20;

  private final String name;
  private final KafkaStreams streams;
  private final InstantSource clock;
  private final Deque<Instant> restarts = new ArrayDeque<>();
  private final RestoreProgress restore = new RestoreProgress();
  private final boolean alone;
  private final HostInfo self;
  private @Nullable KafkaStreamsMetrics kafkaMetrics;

  /** Who has a key's state. */
  sealed interface Owner {
    /**
     * This instance.
     *
     * @param partition of the task; empty where this instance has all
     */
    record Here(OptionalInt partition) implements Owner {}

    /** Another one. */
    record There(URI url) implements Owner {}

    /** Nobody just now: tasks are moving. */
    record Nobody() implements Owner {}
  }

  RunningTopology(
      String name,
      Topology topology,
      StreamsSettings settings,
      int threads,
      Duration commit,
      InstantSource clock) {
    this.name = name;
    this.clock = clock;
    this.streams =
        new KafkaStreams(topology, config(name, settings, threads, commit), new StreamsClients());
    streams.setUncaughtExceptionHandler(this::afterFailure);
    this.alone = settings.instance().url().isEmpty();
    this.self =
        settings
            .instance()
            .url()
            .map(url -> new HostInfo(url.getHost(), url.getPort()))
            .orElseGet(HostInfo::unavailable);
    streams.setGlobalStateRestoreListener(restore);
    streams.setStandbyUpdateListener(restore);
    streams.setStateListener((now, before) -> LOG.info("{}: {} -> {}", name, before, now));
  }

  private static Properties config(
      String name, StreamsSettings settings, int threads, Duration commit) {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, settings.applicationId(name));
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, settings.endpoints().bootstrapServers());
    // Micrometer reads metrics itself. A management bean is registered anew for each metric that it
    // gets, and a start, which alerts may wait for, makes thousands.
    config.put(StreamsConfig.METRIC_REPORTER_CLASSES_CONFIG, "");
    config.put(StreamsConfig.STATE_DIR_CONFIG, settings.stateFolder().toString());
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    config.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_GLOBAL_ENABLED_CONFIG, true);
    config.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, threads);
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, commit.toMillis());
    // A task reads one partition: there is no other to wait for, and asking costs sets per record.
    config.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, StreamsConfig.MAX_TASK_IDLE_MS_DISABLED);
    config.put(StreamsConfig.APPLICATION_SERVER_CONFIG, settings.instance().applicationServer());
    config.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, settings.instance().standbys());
    config.put(StreamsConfig.PROBING_REBALANCE_INTERVAL_MS_CONFIG, LOOK_FOR_CAUGHT_UP.toMillis());
    config.put(
        StreamsConfig.METRICS_RECORDING_LEVEL_CONFIG,
        settings.instance().nodeRates() ? "DEBUG" : "INFO");
    config.put(StreamsConfig.topicPrefix(TopicConfig.SEGMENT_BYTES_CONFIG), CHANGELOG_SEGMENT);
    // Minus one: what the broker gives new topics.
    config.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, -1);
    config.put(
        StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG),
        Math.toIntExact(settings.transactionTimeout().toMillis()));
    config.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
    config.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), BATCH_BYTES);
    config.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), PRODUCER_BYTES);
    config.put(
        StreamsConfig.globalConsumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG),
        Math.toIntExact(GLOBAL_FETCH.toMillis()));
    config.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), RECORDS_PER_POLL);
    config.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.FETCH_MIN_BYTES_CONFIG), FETCH_BYTES);
    config.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG),
        PARTITION_BYTES);
    config.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG),
        Math.toIntExact(FETCH_WAIT.toMillis()));
    config.put(
        StreamsConfig.restoreConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG),
        RECORDS_PER_RESTORE);
    config.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG),
        settings.applicationPrefix() + "-" + settings.instance().name());
    config.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG),
        Math.toIntExact(settings.instance().session().toMillis()));
    config.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG),
        Math.toIntExact(settings.instance().session().toMillis() / HEARTBEATS_PER_SESSION));
    return config;
  }

  private StreamThreadExceptionResponse afterFailure(Throwable failure) {
    int failures = countFailure();
    if (failures > MOST_RESTARTS) {
      LOG.error(
          "{} has failed {} times within {} and stays down",
          name,
          MOST_RESTARTS,
          RESTART_WINDOW,
          failure);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }
    Duration pause = pauseBefore(failures);
    LOG.error("{}: a thread has failed and is replaced in {}", name, pause, failure);
    LockSupport.parkNanos(pause.toNanos());
    return StreamThreadExceptionResponse.REPLACE_THREAD;
  }

  /** Half a second at first, doubling, so that the restarts outlast a short outage. */
  static Duration pauseBefore(int restart) {
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(restart - 1, 10));
    return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
  }

  private synchronized int countFailure() {
    Instant now = clock.instant();
    restarts.removeIf(past -> past.isBefore(now.minus(RESTART_WINDOW)));
    restarts.add(now);
    return restarts.size();
  }

  /** Returns once the global tables have been read; tasks are restored after that. */
  void start() {
    streams.start();
  }

  /** Whether all tasks are restored and working. */
  boolean isRunning() {
    return streams.state() == KafkaStreams.State.RUNNING && restore.partitions() == 0;
  }

  /** For people: the name, what it does, and how much is still to be restored. */
  String describe() {
    String state = name + " is " + streams.state().name().toLowerCase(Locale.ROOT);
    return restore.partitions() == 0
        ? state
        : "%s and restores: %d partitions, %d records to go"
            .formatted(state, restore.partitions(), restore.records());
  }

  /** Binds what Kafka Streams measures itself, and how restoring goes. */
  void metrics(MeterRegistry meters) {
    Tag topology = Tag.of("topology", name);
    kafkaMetrics = new KafkaStreamsMetrics(streams, Set.of(topology));
    kafkaMetrics.bindTo(meters);
    List<Tag> tags = List.of(topology);
    Gauge.builder("tollgate.streams.up", this, t -> t.isRunning() ? 1 : 0)
        .description("1 while all tasks of this instance are restored and work")
        .tags(tags)
        .register(meters);
    Gauge.builder("tollgate.streams.restore.partitions", restore, RestoreProgress::partitions)
        .description("Changelog partitions that tasks of this instance wait for")
        .tags(tags)
        .register(meters);
    Gauge.builder("tollgate.streams.restore.records", restore, RestoreProgress::records)
        .description("Records of them still to be read")
        .tags(tags)
        .register(meters);
    FunctionCounter.builder("tollgate.streams.restored", restore, RestoreProgress::restored)
        .description("Changelog records read for tasks of this instance since it started")
        .tags(tags)
        .register(meters);
    Gauge.builder("tollgate.streams.standby.lag", restore, RestoreProgress::standbyLag)
        .description("Records by which the standby copies on this instance are behind")
        .tags(tags)
        .register(meters);
    Gauge.builder("tollgate.streams.thread.restarts", this, RunningTopology::restarts)
        .description("Threads replaced within the last ten minutes; above twenty the topology ends")
        .tags(tags)
        .register(meters);
  }

  private synchronized int restarts() {
    Instant now = clock.instant();
    restarts.removeIf(past -> past.isBefore(now.minus(RESTART_WINDOW)));
    return restarts.size();
  }

  /** Which instance has the task of a key of a store's source topic. */
  Owner owner(String store, String key) {
    if (alone) {
      return new Owner.Here(OptionalInt.empty());
    }
    if (!streams.state().isRunningOrRebalancing()) {
      return new Owner.Nobody();
    }
    KeyQueryMetadata found = streams.queryMetadataForKey(store, key, new StringSerializer());
    if (found == null || found.equals(KeyQueryMetadata.NOT_AVAILABLE)) {
      return new Owner.Nobody();
    }
    HostInfo host = found.activeHost();
    if (host.equals(HostInfo.unavailable())) {
      return new Owner.Nobody();
    }
    return host.equals(self)
        ? new Owner.Here(OptionalInt.of(found.partition()))
        : new Owner.There(URI.create("http://" + host.host() + ":" + host.port()));
  }

  /**
   * The entries of a store from one key to another, both inclusive, with what a cache of it holds
   * back until the commit.
   *
   * <p>Not by {@link KafkaStreams#query}: that takes the locks of a store and of its position in
   * the other order than the task does that writes to it, and both then wait for good
   * (KAFKA-19629). One question at the wrong moment stopped all alerts.
   *
   * @throws InvalidStateStoreException while a task of this instance is restored or moves, be it
   *     another one, and when the topology is not running
   */
  <K, V> List<KeyValue<K, V>> range(String store, OptionalInt partition, K from, K to) {
    StoreQueryParameters<ReadOnlyKeyValueStore<K, V>> asked =
        StoreQueryParameters.fromNameAndType(store, QueryableStoreTypes.keyValueStore());
    if (partition.isPresent()) {
      asked = asked.withPartition(partition.getAsInt());
    }
    List<KeyValue<K, V>> entries = new ArrayList<>();
    try (KeyValueIterator<K, V> found = streams.store(asked).range(from, to)) {
      found.forEachRemaining(entries::add);
    } catch (IllegalStateException e) {
      throw new InvalidStateStoreException(name + " is not running", e);
    }
    return entries;
  }

  @Override
  public void close() {
    if (kafkaMetrics != null) {
      kafkaMetrics.close();
    }
    if (!streams.close(CLOSE)) {
      LOG.warn(
          "{} did not stop within {}; what it had not committed will be read again", name, CLOSE);
    }
  }
}
