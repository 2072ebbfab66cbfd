package io.tollgate.bench.flink;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.api.java.tuple.Tuple6;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * The work of the meter topology as a Flink job: deduplicate by (organization, source, id) in keyed
 * state that expires after 34 days, rate, write rated usage, keep sums per API key and write those
 * that changed once a second. Exactly once, two slots, RocksDB with incremental checkpoints, the
 * bytes of an event passed on as they are.
 */
final class UsageJob {
  /** Between tasks: identity, record key, the event's bytes, partition, offset, append time. */
  static final TypeInformation<Tuple6<String, String, byte[], Integer, Long, Long>> READ =
      Types.TUPLE(
          Types.STRING,
          Types.STRING,
          PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO,
          Types.INT,
          Types.LONG,
          Types.LONG);

  private static final int SLOTS = 2;
  private static final String BYTES_OF_BATCH = Integer.toString(256 * 1024);

  private final String bootstrapServers;
  private final int ratedSchema;
  private final Path state;
  private final long checkpointMillis;

  UsageJob(String bootstrapServers, int ratedSchema, Path state, long checkpointMillis) {
    this.bootstrapServers = bootstrapServers;
    this.ratedSchema = ratedSchema;
    this.state = state;
    this.checkpointMillis = checkpointMillis;
  }

  /** Begins where the group of this name has committed. */
  JobClient start(String application) throws Exception {
    StreamExecutionEnvironment flink =
        StreamExecutionEnvironment.createLocalEnvironment(SLOTS, configuration(application));
    SingleOutputStreamOperator<Tuple2<byte[], byte[]>> rated =
        flink
            .fromSource(source(application), WatermarkStrategy.noWatermarks(), "usage-events")
            .uid("usage-events")
            .keyBy(read -> read.f0, Types.STRING)
            .process(new DeduplicateAndRate(ratedSchema))
            .returns(
                Types.TUPLE(
                    PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO,
                    PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO))
            .uid("deduplicate-and-rate");
    rated.sinkTo(sink(application, "bench.rated")).uid("rated-usage");
    rated
        .getSideOutput(DeduplicateAndRate.USAGE)
        .keyBy(usage -> usage.f0, Types.STRING)
        .process(new SumByKey())
        .returns(
            Types.TUPLE(
                PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO,
                PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO))
        .uid("sum-by-key")
        .sinkTo(sink(application, "bench.totals"))
        .uid("totals");
    return flink.executeAsync(application);
  }

  private Configuration configuration(String application) {
    Configuration configuration = new Configuration();
    configuration.set(StateBackendOptions.STATE_BACKEND, "rocksdb");
    configuration.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
    configuration.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY, state.resolve(application).toUri().toString());
    configuration.set(
        CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(checkpointMillis));
    configuration.set(
        CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
    configuration.set(PipelineOptions.OBJECT_REUSE, true);
    // Nothing may fall back to reflection where a type is not known.
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "disable");
    return configuration;
  }

  private KafkaSource<Tuple6<String, String, byte[], Integer, Long, Long>> source(
      String application) {
    return KafkaSource.<Tuple6<String, String, byte[], Integer, Long, Long>>builder()
        .setBootstrapServers(bootstrapServers)
        .setTopics("usage.events")
        .setGroupId(application)
        .setStartingOffsets(OffsetsInitializer.committedOffsets())
        .setDeserializer(new ReadEvent())
        .setProperty("max.poll.records", "2000")
        .build();
  }

  private KafkaSink<Tuple2<byte[], byte[]>> sink(String application, String topic) {
    Properties producer = new Properties();
    producer.setProperty(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    producer.setProperty(ProducerConfig.BATCH_SIZE_CONFIG, BYTES_OF_BATCH);
    producer.setProperty(ProducerConfig.BUFFER_MEMORY_CONFIG, Long.toString(64L << 20));
    producer.setProperty(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, "60000");
    return KafkaSink.<Tuple2<byte[], byte[]>>builder()
        .setBootstrapServers(bootstrapServers)
        .setKafkaProducerConfig(producer)
        .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
        .setTransactionalIdPrefix(application + "-" + topic)
        .setRecordSerializer(new ToTopic(topic))
        .build();
  }

  /** One rated event's part in the sums of its key: key, units, picodollars. */
  static final TypeInformation<Tuple3<String, Long, Long>> USAGE_TYPE =
      Types.TUPLE(Types.STRING, Types.LONG, Types.LONG);
}
