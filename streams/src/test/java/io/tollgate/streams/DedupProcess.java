package io.tollgate.streams;

import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.Fingerprint;
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
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/**
 * The dedup store by itself as a process, so that a test can kill it: sends every value on that it
 * sees for the first time. Beside it a RocksDB store, whose state does not survive a kill.
 */
final class DedupProcess {
  static final int SEALED_AT = 1_000;
  private static final String DEDUP = "dedup";
  private static final String OTHER = "other";

  private DedupProcess() {}

  private static final class FirstOnly implements Processor<byte[], byte[], byte[], byte[]> {
    private @Nullable ProcessorContext<byte[], byte[]> context;
    private @Nullable DedupStore dedup;
    private @Nullable KeyValueStore<String, String> other;

    @Override
    public void init(ProcessorContext<byte[], byte[]> taskContext) {
      context = taskContext;
      DedupStore store = taskContext.getStateStore(DEDUP);
      dedup = store;
      other = taskContext.getStateStore(OTHER);
      CommitHook hook = taskContext.getStateStore("hook");
      hook.beforeCommit(taskContext, store::save);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      String id = new String(record.value(), StandardCharsets.UTF_8);
      DedupStore store = Objects.requireNonNull(dedup);
      Fingerprint fingerprint = Fingerprint.of("acme", "gateway", id);
      if (store.find(fingerprint) == null) {
        DedupMemory.Entry entry = DedupMemory.Entry.accepted(new BodyDigest(1, 2));
        store.put(fingerprint, entry, record.timestamp());
        Objects.requireNonNull(context).forward(record);
      }
      Objects.requireNonNull(other).put("last", id);
    }
  }

  private static final class Told implements StateRestoreListener {
    @Override
    public void onRestoreStart(TopicPartition changelog, String store, long from, long to) {
      System.out.println("restores " + store + " from " + from + " to " + to);
    }

    @Override
    public void onBatchRestored(TopicPartition changelog, String store, long end, long count) {}

    @Override
    public void onRestoreEnd(TopicPartition changelog, String store, long total) {}
  }

  /** Arguments: Kafka's bootstrap servers, the state folder. */
  public static void main(String[] args) throws InterruptedException {
    Topology topology = new Topology();
    topology
        .addSource(
            AutoOffsetReset.earliest(),
            "source",
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer(),
            Topics.USAGE_EVENTS.name())
        .addProcessor("first-only", FirstOnly::new, "source")
        .addStateStore(
            CommitHook.builder("hook", CommittedStores.onDisk(InstantSource.system())),
            "first-only")
        .addStateStore(DedupStore.builder(DEDUP, Long.MAX_VALUE, SEALED_AT), "first-only")
        .addStateStore(
            Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(OTHER), Serdes.String(), Serdes.String()),
            "first-only")
        .addSink(
            "sink",
            Topics.USAGE_RATED.name(),
            new ByteArraySerializer(),
            new ByteArraySerializer(),
            "first-only");
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "dedup-process");
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
                DedupProcess.class.getName(),
                kafka,
                state.toString()))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.to(new File(log.toString())))
        .start();
  }
}
