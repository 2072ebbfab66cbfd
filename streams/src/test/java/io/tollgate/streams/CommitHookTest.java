package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That Kafka Streams calls the hook, and what may be done in it. */
class CommitHookTest {
  @TempDir Path state;

  /** Gathers what it is given and sends it on, joined, before the commit. */
  private static final class Gatherer implements Processor<String, String, String, String> {
    private final String name;
    private final List<String> gathered = new ArrayList<>();
    private @Nullable ProcessorContext<String, String> context;

    Gatherer(String name) {
      this.name = name;
    }

    @Override
    public void init(ProcessorContext<String, String> taskContext) {
      context = taskContext;
      CommitHook hook = taskContext.getStateStore("hook");
      KeyValueStore<String, String> store = taskContext.getStateStore("store-" + name);
      hook.beforeCommit(
          taskContext,
          () -> {
            String joined = String.join("+", gathered);
            store.put("last", joined);
            taskContext.forward(
                new Record<>(name, joined, taskContext.currentSystemTimeMs()), "sink-" + name);
            gathered.clear();
          });
    }

    @Override
    public void process(Record<String, String> record) {
      if (record.value().equals("fail")) {
        throw new IllegalArgumentException("asked to fail");
      }
      gathered.add(record.value());
      if (name.equals("first")) {
        Objects.requireNonNull(context).forward(record.withValue(record.value() + "'"), "second");
      }
    }
  }

  private TopologyTestDriver driver() {
    Topology topology = new Topology();
    topology
        .addSource("source", new StringDeserializer(), new StringDeserializer(), "in")
        .addProcessor("first", () -> new Gatherer("first"), "source")
        .addProcessor("second", () -> new Gatherer("second"), "first")
        .addStateStore(
            CommitHook.builder("hook", CommittedStores.onDisk(InstantSource.system())),
            "first",
            "second")
        .addStateStore(store("store-first"), "first")
        .addStateStore(store("store-second"), "second")
        .addSink("sink-first", "out", new StringSerializer(), new StringSerializer(), "first")
        .addSink("sink-second", "out", new StringSerializer(), new StringSerializer(), "second");
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "hook");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "nowhere:1");
    config.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    return new TopologyTestDriver(topology, config, Instant.parse("2026-06-15T12:00:00Z"));
  }

  private static org.apache.kafka.streams.state.StoreBuilder<?> store(String name) {
    return Stores.keyValueStoreBuilder(
        Stores.inMemoryKeyValueStore(name), Serdes.String(), Serdes.String());
  }

  @Test
  void everyCommitRunsTheCallbacksInOrderAsTheirProcessors() {
    try (TopologyTestDriver driver = driver()) {
      TestInputTopic<String, String> in =
          driver.createInputTopic("in", new StringSerializer(), new StringSerializer());
      in.pipeInput("k", "a");
      in.pipeInput("k", "b");
      assertThat(
              driver
                  .createOutputTopic("out", new StringDeserializer(), new StringDeserializer())
                  .readKeyValuesToList())
          .extracting(pair -> pair.key + "=" + pair.value)
          .containsExactly("first=a", "second=a'", "first=b", "second=b'");
      assertThat(driver.getKeyValueStore("store-second").get("last")).isEqualTo("b'");
    }
  }

  @Test
  void aFailedRecordIsNotCommitted() {
    try (TopologyTestDriver driver = driver()) {
      TestInputTopic<String, String> in =
          driver.createInputTopic("in", new StringSerializer(), new StringSerializer());
      assertThatThrownBy(() -> in.pipeInput("k", "fail")).isInstanceOf(StreamsException.class);
      assertThat(
              driver
                  .createOutputTopic("out", new StringDeserializer(), new StringDeserializer())
                  .isEmpty())
          .isTrue();
    }
  }
}
