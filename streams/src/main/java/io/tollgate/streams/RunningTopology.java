package io.tollgate.streams;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
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

  /** A killed instance's partitions are given to others after this. */
  private static final Duration SESSION = Duration.ofSeconds(6);

  /** Records taken per poll: enough to amortize the loop, few enough that a commit is not late. */
  private static final int RECORDS_PER_POLL = 2_000;

  private static final long CACHE_BYTES = 32L << 20;
  private static final int BATCH_BYTES = 256 * 1024;
  private static final long PRODUCER_BYTES = 64L << 20;

  private final String name;
  private final KafkaStreams streams;
  private final InstantSource clock;
  private final Deque<Instant> restarts = new ArrayDeque<>();

  RunningTopology(
      String name,
      Topology topology,
      StreamsSettings settings,
      int threads,
      Duration commit,
      InstantSource clock) {
    this.name = name;
    this.clock = clock;
    this.streams = new KafkaStreams(topology, config(name, settings, threads, commit));
    streams.setUncaughtExceptionHandler(this::afterFailure);
    streams.setStateListener((now, before) -> LOG.info("{}: {} -> {}", name, before, now));
  }

  private static Properties config(
      String name, StreamsSettings settings, int threads, Duration commit) {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, settings.applicationId(name));
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, settings.endpoints().bootstrapServers());
    config.put(StreamsConfig.STATE_DIR_CONFIG, settings.stateFolder().toString());
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    config.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_GLOBAL_ENABLED_CONFIG, true);
    config.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, threads);
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, commit.toMillis());
    config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, CACHE_BYTES);
    config.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, BoundedRocksDb.class);
    // Minus one: what the broker gives new topics.
    config.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, -1);
    config.put(
        StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG),
        Math.toIntExact(settings.transactionTimeout().toMillis()));
    config.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
    config.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), BATCH_BYTES);
    config.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), PRODUCER_BYTES);
    config.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), RECORDS_PER_POLL);
    config.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG),
        settings.applicationPrefix() + "-" + settings.instance());
    config.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG),
        Math.toIntExact(SESSION.toMillis()));
    config.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG),
        Math.toIntExact(SESSION.toMillis() / 4));
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
    return streams.state() == KafkaStreams.State.RUNNING;
  }

  /** For people: the name and what it does. */
  String describe() {
    return name + " is " + streams.state().name().toLowerCase(java.util.Locale.ROOT);
  }

  /**
   * A store of the tasks on this instance, with what is not committed yet.
   *
   * @throws org.apache.kafka.streams.errors.InvalidStateStoreException while tasks are restored or
   *     move
   */
  <K, V> ReadOnlyKeyValueStore<K, V> store(String store) {
    return streams.store(
        StoreQueryParameters.fromNameAndType(store, QueryableStoreTypes.keyValueStore()));
  }

  @Override
  public void close() {
    if (!streams.close(CLOSE)) {
      LOG.warn(
          "{} did not stop within {}; what it had not committed will be read again", name, CLOSE);
    }
  }
}
