package io.tollgate.bench;

import io.tollgate.schemas.Endpoints;
import io.tollgate.streams.StreamsSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;

/**
 * Runs a comparison topology with the settings the meter topology has: threads, commits, caches.
 */
final class DslJob implements Job {
  private static final Duration CLOSE = Duration.ofSeconds(20);
  private static final long CACHE_BYTES = 32L << 20;

  private final DslTopology topology;
  private final Endpoints endpoints;
  private final Path state;
  private @Nullable KafkaStreams running;

  DslJob(DslTopology topology, Endpoints endpoints, Path state) {
    this.topology = topology;
    this.endpoints = endpoints;
    this.state = state;
  }

  @Override
  public void start(String application) {
    KafkaStreams streams = new KafkaStreams(topology.build(), config(application));
    running = streams;
    streams.start();
  }

  private Properties config(String application) {
    StreamsSettings ours = StreamsSettings.of(endpoints, state);
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, endpoints.bootstrapServers());
    config.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, ours.meterThreads());
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, ours.commits().meter().toMillis());
    config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, CACHE_BYTES);
    config.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, StreamsConfig.MAX_TASK_IDLE_MS_DISABLED);
    config.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, -1);
    config.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
    config.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 256 * 1024);
    config.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 64L << 20);
    config.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 2_000);
    config.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "none");
    return config;
  }

  @Override
  public Optional<Sums> stop() {
    KafkaStreams streams = running;
    if (streams != null) {
      if (!streams.close(CLOSE)) {
        throw new IllegalStateException("the comparison job did not stop within " + CLOSE);
      }
      streams.cleanUp();
    }
    return Optional.empty();
  }
}
