package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.Fingerprint;
import io.tollgate.schemas.TopicReader;
import io.tollgate.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That files which outlive their task have nothing of a commit that failed, however it failed. */
class FailedCommitIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String DEDUP = "dedup";
  private static final String COUNTS = "counts";
  private static final String EVENTS = "events";
  private static final String TICKS = "ticks";

  /** Longer than the files need to take something over. */
  private static final Duration TICK = Duration.ofSeconds(3);

  private static final Duration OFTEN = Duration.ofMillis(100);
  private static final Duration RARELY = Duration.ofMinutes(5);
  private static final int BATCH = 500;

  /** Committed or not. */
  private static final AtomicInteger PROCESSED = new AtomicInteger();

  @TempDir Path data;
  private Broker broker;
  private FailingCommits clients;
  private @Nullable KafkaStreams streams;
  private int sent;

  /** Numbers what it sees for the first time, and the ticks of a clock. */
  private static final class Numbering implements Processor<byte[], byte[], byte[], byte[]> {
    private @Nullable ProcessorContext<byte[], byte[]> context;
    private @Nullable DedupStore dedup;
    private @Nullable KeyValueStore<String, Long> counts;

    @Override
    public void init(ProcessorContext<byte[], byte[]> taskContext) {
      context = taskContext;
      DedupStore store = taskContext.getStateStore(DEDUP);
      dedup = store;
      counts = taskContext.getStateStore(COUNTS);
      CommitHook hook = taskContext.getStateStore("hook");
      hook.beforeCommit(taskContext, store::save);
      hook.keepFiles(taskContext);
      if (taskContext.taskId().partition() == 0) {
        taskContext.schedule(
            TICK,
            PunctuationType.WALL_CLOCK_TIME,
            now -> forward(new Record<>(new byte[0], new byte[0], now), TICKS + "=" + next(TICKS)));
      }
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      String id = new String(record.value(), StandardCharsets.UTF_8);
      DedupStore store = Objects.requireNonNull(dedup);
      Fingerprint fingerprint = Fingerprint.of("acme", "gateway", id);
      if (store.find(fingerprint) == null) {
        store.put(
            fingerprint, DedupMemory.Entry.accepted(new BodyDigest(1, 2)), record.timestamp());
        forward(record, EVENTS + "=" + next(EVENTS) + "=" + id);
      }
      PROCESSED.incrementAndGet();
    }

    private long next(String name) {
      KeyValueStore<String, Long> store = Objects.requireNonNull(counts);
      Long before = store.get(name);
      long next = before == null ? 1 : before + 1;
      store.put(name, next);
      return next;
    }

    private void forward(Record<byte[], byte[]> record, String value) {
      Objects.requireNonNull(context)
          .forward(record.withValue(value.getBytes(StandardCharsets.UTF_8)));
    }
  }

  private static Topology topology() {
    CommittedStores stores = CommittedStores.onDisk(InstantSource.system());
    return new Topology()
        .addSource(
            AutoOffsetReset.earliest(),
            "source",
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer(),
            Topics.USAGE_EVENTS.name())
        .addProcessor("numbering", Numbering::new, "source")
        .addStateStore(CommitHook.builder("hook", stores), "numbering")
        .addStateStore(DedupStore.builder(DEDUP, Long.MAX_VALUE, 2 * BATCH), "numbering")
        .addStateStore(stores.builder(COUNTS, Serdes.String(), Serdes.Long()), "numbering")
        .addSink(
            "sink",
            Topics.USAGE_RATED.name(),
            new ByteArraySerializer(),
            new ByteArraySerializer(),
            "numbering");
  }

  @BeforeEach
  void start() {
    broker = Broker.start(data);
    run(OFTEN);
  }

  @AfterEach
  void stop() {
    close();
    broker.close();
  }

  private void close() {
    Objects.requireNonNull(streams).close(Duration.ofSeconds(20));
  }

  private void run(Duration commit) {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "failed-commit");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers());
    config.put(StreamsConfig.STATE_DIR_CONFIG, data.resolve("state").toString());
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, commit.toMillis());
    config.put(StreamsConfig.producerPrefix("transaction.timeout.ms"), 600_000);
    config.put(StreamsConfig.consumerPrefix("group.instance.id"), "0");
    config.put(StreamsConfig.consumerPrefix("session.timeout.ms"), 6_000);
    clients = new FailingCommits();
    streams = new KafkaStreams(topology(), config, clients);
    streams.setUncaughtExceptionHandler(failure -> StreamThreadExceptionResponse.REPLACE_THREAD);
    streams.start();
  }

  private void send() {
    for (int i = 0; i < BATCH; i++) {
      broker.sendRaw(0, ("event-" + sent++).getBytes(StandardCharsets.UTF_8));
    }
    broker.flush();
  }

  /** The committed values by name, each the numbers in their order. */
  private Map<String, List<Long>> numbered() {
    Map<String, List<Long>> numbers = new HashMap<>();
    TopicReader.of(broker.bootstrapServers(), Topics.USAGE_RATED)
        .readToEnd(
            record -> {
              String[] parts = new String(record.value(), StandardCharsets.UTF_8).split("=", -1);
              numbers
                  .computeIfAbsent(parts[0], name -> new ArrayList<>())
                  .add(Long.parseLong(parts[1]));
            });
    numbers.values().forEach(list -> list.sort(null));
    return numbers;
  }

  private List<Long> numbered(String name) {
    return numbered().getOrDefault(name, List.of());
  }

  /** A thread that fails is meant to. */
  private static ConditionFactory soon() {
    return await().dontCatchUncaughtExceptions().atMost(PATIENCE);
  }

  private void awaitFailure() {
    soon().until(clients::hasFailed);
  }

  private void assertAllNumbered() {
    soon().until(() -> numbered(EVENTS).size() >= sent);
    assertThat(numbered(EVENTS)).isEqualTo(LongStream.rangeClosed(1, sent).boxed().toList());
  }

  private void assertEachTickNumbered() {
    int ticks = numbered(TICKS).size();
    soon().until(() -> numbered(TICKS).size() >= ticks + 2);
    List<Long> numbers = numbered(TICKS);
    assertThat(numbers).isEqualTo(LongStream.rangeClosed(1, numbers.size()).boxed().toList());
  }

  @Test
  void ofATaskWhoseCommitTimedOut() {
    for (int i = 0; i < 3; i++) {
      send();
      assertAllNumbered();
      clients.failNext(true, () -> new TimeoutException("no broker answers"));
      send();
      awaitFailure();
      assertAllNumbered();
    }
    assertEachTickNumbered();
  }

  /** Kafka Streams tells its stores where the changelogs end all the same. */
  @Test
  void ofATaskWhoseLastCommitFailed() {
    send();
    assertAllNumbered();
    close();
    run(RARELY);
    PROCESSED.set(0);
    send();
    soon().until(() -> PROCESSED.get() == BATCH);
    clients.failNext(true, () -> new ProducerFencedException("another has the name"));
    close();
    assertThat(clients.hasFailed()).isTrue();
    run(OFTEN);
    assertAllNumbered();
    assertEachTickNumbered();
  }

  @Test
  void ofAClockThatAloneHasWrittenSomething() {
    soon().until(() -> !numbered(TICKS).isEmpty());
    clients.failNext(false, () -> new TimeoutException("no broker answers"));
    awaitFailure();
    assertEachTickNumbered();
    send();
    assertAllNumbered();
  }
}
