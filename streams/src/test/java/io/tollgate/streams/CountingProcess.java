package io.tollgate.streams;

import io.tollgate.schemas.Topics;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * A committed store by itself as a process, so that a test can kill it: counts each value, sends on
 * what it has counted, and begins anew at {@link #MOST}.
 */
final class CountingProcess {
  static final int MOST = 20;
  static final String STORE = "counts";

  private CountingProcess() {}

  private static final class Count implements Processor<byte[], byte[], byte[], byte[]> {
    private @Nullable ProcessorContext<byte[], byte[]> context;
    private @Nullable KeyValueStore<String, Long> counts;

    @Override
    public void init(ProcessorContext<byte[], byte[]> taskContext) {
      context = taskContext;
      counts = taskContext.getStateStore(STORE);
      CommitHook hook = taskContext.getStateStore("hook");
      hook.keepFiles(taskContext);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      String name = new String(record.value(), StandardCharsets.UTF_8);
      KeyValueStore<String, Long> store = Objects.requireNonNull(counts);
      Long before = store.get(name);
      long count = before == null ? 1 : before + 1;
      if (count == MOST) {
        store.delete(name);
      } else {
        store.put(name, count);
      }
      Objects.requireNonNull(context)
          .forward(record.withValue((name + "=" + count).getBytes(StandardCharsets.UTF_8)));
    }
  }

  private static final class Told implements StateRestoreListener {
    @Override
    public void onRestoreStart(TopicPartition changelog, String store, long from, long to) {}

    @Override
    public void onBatchRestored(TopicPartition changelog, String store, long end, long count) {}

    @Override
    public void onRestoreEnd(TopicPartition changelog, String store, long total) {
      System.out.println("restored " + total + " of " + changelog);
    }
  }

  /** Arguments: Kafka's bootstrap servers, the state folder. */
  public static void main(String[] args) throws InterruptedException {
    CommittedStores stores = CommittedStores.onDisk(InstantSource.system());
    Topology topology = new Topology();
    topology
        .addSource(
            AutoOffsetReset.earliest(),
            "source",
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer(),
            Topics.USAGE_EVENTS.name())
        .addProcessor("count", Count::new, "source")
        .addStateStore(CommitHook.builder("hook", stores), "count")
        .addStateStore(stores.builder(STORE, Serdes.String(), Serdes.Long()), "count")
        .addSink(
            "sink",
            Topics.USAGE_RATED.name(),
            new ByteArraySerializer(),
            new ByteArraySerializer(),
            "count");
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "counting-process");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    config.put(StreamsConfig.STATE_DIR_CONFIG, args[1]);
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
    config.put(StreamsConfig.consumerPrefix("group.instance.id"), "0");
    config.put(StreamsConfig.consumerPrefix("session.timeout.ms"), 6_000);
    KafkaStreams streams = new KafkaStreams(topology, config);
    streams.setGlobalStateRestoreListener(new Told());
    streams.start();
    new CountDownLatch(1).await();
  }

  static Process start(String kafka, Path state, Path log) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(
            List.of(
                java,
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                CountingProcess.class.getName(),
                kafka,
                state.toString()))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.to(new File(log.toString())))
        .start();
  }
}
