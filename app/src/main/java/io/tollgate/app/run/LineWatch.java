package io.tollgate.app.run;

import io.tollgate.app.run.LineFigures.Outcomes;
import io.tollgate.app.stack.StackProblem;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.PartitionOutcomes;
import io.tollgate.schemas.avro.UsageDelta;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Follows a run on the topics, committed records only: outcomes from the first record on, deltas
 * and alerts from the moment it was started. A thread of its own reads; {@link #figures} may be
 * asked by anyone.
 */
final class LineWatch implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration BEGIN = Duration.ofSeconds(15);
  private static final Duration CLOSE = Duration.ofSeconds(3);

  private final Consumer<byte[], byte[]> consumer;
  private final AvroSerde<PartitionOutcomes> outcomesSerde;
  private final AvroSerde<UsageDelta> deltaSerde;
  private final AvroSerde<BudgetAlert> alertSerde;
  private final CountDownLatch began = new CountDownLatch(1);
  private final Thread thread;
  private volatile boolean closing;
  private volatile @Nullable RuntimeException failure;

  private final Map<Integer, Outcomes> byPartition = new HashMap<>();
  private final Map<WorkspaceId, BigDecimal> spend = new HashMap<>();
  private final List<BudgetAlert> alerts = new ArrayList<>();
  private long logged;

  private LineWatch(Consumer<byte[], byte[]> consumer, SchemaIds ids) {
    this.consumer = consumer;
    this.outcomesSerde = AvroSerde.of(Topics.USAGE_OUTCOMES, ids);
    this.deltaSerde = AvroSerde.of(Topics.USAGE_DELTAS, ids);
    this.alertSerde = AvroSerde.of(Topics.BUDGET_ALERTS, ids);
    this.thread = Thread.ofPlatform().daemon().name("line-watch").unstarted(this::run);
  }

  /**
   * Begins, and returns when what was there is read: what {@link #figures} then says is the state
   * before the run.
   *
   * @throws StackProblem if Kafka does not answer within 15 s
   */
  static LineWatch start(Endpoints endpoints) {
    Map<String, Object> settings =
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            endpoints.bootstrapServers(),
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            "read_committed",
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            false,
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            "none",
            ConsumerConfig.CLIENT_ID_CONFIG,
            "tollgate-line-watch");
    LineWatch watch =
        new LineWatch(
            new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer()),
            RegistryClient.at(endpoints.registry()));
    watch.thread.start();
    watch.awaitBegan();
    return watch;
  }

  private void awaitBegan() {
    try {
      boolean read = began.await(BEGIN.toMillis(), TimeUnit.MILLISECONDS);
      if (!read) {
        close();
        throw new StackProblem("the topics could not be read within " + BEGIN.toSeconds() + " s");
      }
      check();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackProblem("interrupted while reading the topics", e);
    }
  }

  private void check() {
    RuntimeException failed = failure;
    if (failed != null) {
      throw new StackProblem("the topics cannot be read: " + failed.getMessage(), failed);
    }
  }

  /**
   * The newest figures.
   *
   * @throws StackProblem if reading has failed
   */
  synchronized LineFigures figures() {
    check();
    Outcomes sum = byPartition.values().stream().reduce(Outcomes.NONE, Outcomes::plus);
    return new LineFigures(logged, sum, spend, alerts);
  }

  private void run() {
    try (consumer) {
      List<TopicPartition> events = partitions(Topics.USAGE_EVENTS);
      List<TopicPartition> outcomes = partitions(Topics.USAGE_OUTCOMES);
      List<TopicPartition> rest = new ArrayList<>(partitions(Topics.USAGE_DELTAS));
      rest.addAll(partitions(Topics.BUDGET_ALERTS));
      List<TopicPartition> all = new ArrayList<>(outcomes);
      all.addAll(rest);
      consumer.assign(all);
      consumer.seekToBeginning(outcomes);
      consumer.seekToEnd(rest);
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      while (!closing) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          take(record);
        }
        measureLog(events);
        if (all.stream().allMatch(p -> consumer.position(p) >= ends.getOrDefault(p, 0L))) {
          began.countDown();
        }
      }
    } catch (WakeupException e) {
      closing = true;
    } catch (KafkaException e) {
      failure = e;
    } finally {
      began.countDown();
    }
  }

  private synchronized void measureLog(Collection<TopicPartition> events) {
    logged = consumer.endOffsets(events).values().stream().mapToLong(Long::longValue).sum();
  }

  private synchronized void take(ConsumerRecord<byte[], byte[]> record) {
    String topic = record.topic();
    if (topic.equals(Topics.USAGE_OUTCOMES.name())) {
      PartitionOutcomes told = outcomesSerde.decode(record.value());
      byPartition.put(
          told.getPartition(),
          new Outcomes(
              told.getNextOffset(),
              told.getRecords(),
              told.getRated(),
              told.getDuplicate(),
              told.getRejected(),
              told.getUnrated(),
              told.getWaiting()));
    } else if (topic.equals(Topics.USAGE_DELTAS.name())) {
      for (DeltaEntry entry : deltaSerde.decode(record.value()).getEntries()) {
        spend.merge(new WorkspaceId(entry.getWorkspaceId()), entry.getCost(), BigDecimal::add);
      }
    } else {
      alerts.add(alertSerde.decode(record.value()));
    }
  }

  private List<TopicPartition> partitions(Topic<?> topic) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (PartitionInfo info : consumer.partitionsFor(topic.name())) {
      partitions.add(new TopicPartition(info.topic(), info.partition()));
    }
    return partitions;
  }

  @Override
  public void close() {
    closing = true;
    consumer.wakeup();
    try {
      boolean ended = thread.join(CLOSE);
      if (!ended) {
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
