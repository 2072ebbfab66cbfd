package io.tollgate.streams.simulation;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.internals.InternalTopologyBuilder;
import org.apache.kafka.streams.processor.internals.ProcessorRecordContext;
import org.jspecify.annotations.Nullable;

/**
 * One running instance of an application: global tables that lag as far as they like, tasks, and
 * one transaction for all of them.
 */
final class SimulatedClient {
  private final Application application;
  private final Function<Application, Topology> topologies;
  private final Mutant mutant;
  private final StreamsConfig config;
  private final SimulatedBroker broker;
  private final SimulatedTime time;
  private final InternalTopologyBuilder builder;
  private final SimulatedProducer producer;
  private final Map<String, Processor<Object, Object, Void, Void>> tables;
  private final Deserializer<String> keys = new StringDeserializer();
  private final TreeMap<Integer, SimulatedTask> tasks = new TreeMap<>();
  private final List<Commit.Act> acts = new ArrayList<>();
  private TablePositions positions = TablePositions.NONE;
  private SimulatedBroker.@Nullable Entry tableRecord;

  SimulatedClient(
      Application application,
      StreamsConfig config,
      Function<Application, Topology> topologies,
      SimulatedBroker broker,
      SimulatedTime time,
      Mutant mutant) {
    this.application = application;
    this.topologies = topologies;
    this.mutant = mutant;
    this.config = config;
    this.broker = broker;
    this.time = time;
    this.producer = new SimulatedProducer(broker, time);
    this.builder = StreamsInternals.builder(topologies.apply(application));
    builder.rewriteTopology(config);
    mutant.apply(application, builder);
    this.tables = StreamsInternals.globalProcessors(builder);
    tables.values().forEach(table -> table.init(tableContext()));
    // As Kafka Streams has it: everything that is there is in the tables before a task starts.
    tables.keySet().forEach(topic -> readTable(topic, Integer.MAX_VALUE));
  }

  /** Another process of the same application with the files of this one, which is dead. */
  SimulatedClient restarted() {
    return new SimulatedClient(application, config, topologies, broker, time, mutant);
  }

  Application application() {
    return application;
  }

  List<String> tableTopics() {
    return List.copyOf(tables.keySet());
  }

  TablePositions positions() {
    return positions;
  }

  /** Lets a global table catch up by at most that many records; how many it was. */
  int readTable(String topic, int most) {
    int read = 0;
    SimulatedBroker.Log log = broker.log(topic, 0);
    long next = positions.of(topic);
    for (SimulatedBroker.Entry entry = log.from(next);
        entry != null && read < most;
        entry = log.from(next)) {
      tableRecord = entry;
      tables
          .get(topic)
          .process(
              new Record<>(
                  keys.deserialize(topic, entry.key()), entry.value(), entry.appendedAt()));
      next = entry.offset() + 1;
      read++;
    }
    positions = positions.with(topic, next);
    return read;
  }

  /** What a table's processor may ask: the coordinates of the record it is given. */
  @SuppressWarnings("unchecked")
  private ProcessorContext<Void, Void> tableContext() {
    return (ProcessorContext<Void, Void>)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {ProcessorContext.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("recordMetadata")) {
                SimulatedBroker.Entry entry = Objects.requireNonNull(tableRecord);
                return Optional.of(
                    new ProcessorRecordContext(
                        entry.appendedAt(),
                        entry.offset(),
                        entry.partition(),
                        entry.topic(),
                        entry.headers()));
              }
              throw new UnsupportedOperationException(method + " in a global table");
            });
  }

  void open(int partition) {
    tasks.put(
        partition,
        new SimulatedTask(
            builder,
            config,
            new TopicPartition(application.source(), partition),
            broker,
            producer,
            time));
  }

  SimulatedTask task(int partition) {
    return Objects.requireNonNull(tasks.get(partition));
  }

  List<Integer> partitions() {
    return List.copyOf(tasks.keySet());
  }

  /** Processes at most that many records of a partition; how many it was. */
  int process(int partition, int most) {
    SimulatedTask task = tasks.get(partition);
    int processed = 0;
    for (SimulatedBroker.Entry next = task.next();
        next != null && processed < most;
        next = task.next()) {
      task.process();
      acts.add(new Commit.Act.Read(partition, next.offset(), positions, time.milliseconds()));
      processed++;
    }
    return processed;
  }

  /** Runs the punctuators of all tasks whose time has come; whether there was one. */
  boolean punctuate() {
    boolean any = false;
    for (Map.Entry<Integer, SimulatedTask> task : tasks.entrySet()) {
      if (task.getValue().punctuate()) {
        acts.add(new Commit.Act.Punctuated(task.getKey(), positions, time.milliseconds()));
        any = true;
      }
    }
    return any;
  }

  /** Commits what all tasks did since the last time, as one transaction. */
  Commit commit() {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (SimulatedTask task : tasks.values()) {
      Long offset = task.prepareCommit();
      if (offset != null) {
        offsets.put(task.partition(), offset);
      }
    }
    Commit commit = new Commit(application, time.milliseconds(), acts, producer.commit(offsets));
    acts.clear();
    tasks.values().forEach(SimulatedTask::postCommit);
    return commit;
  }

  /** Gives a partition up after a commit. */
  void close(int partition) {
    tasks.remove(partition).closeClean();
  }

  /** Dies before the transaction is committed: some tasks may have flushed into it already. */
  void die(int flushed) {
    int left = flushed;
    for (SimulatedTask task : tasks.values()) {
      if (left-- > 0) {
        task.prepareCommit();
      }
    }
    forget();
  }

  /** An error: the transaction is aborted, the tasks are closed, the instance goes on. */
  void closeDirty() {
    tasks.values().forEach(SimulatedTask::closeDirty);
    forget();
  }

  private void forget() {
    tasks.clear();
    acts.clear();
    producer.abort();
  }
}
