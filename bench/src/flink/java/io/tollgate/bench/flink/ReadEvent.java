package io.tollgate.bench.flink;

import io.tollgate.schemas.avro.UsageEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.tuple.Tuple6;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Decodes an event for its identity; its bytes go on. */
final class ReadEvent
    implements KafkaRecordDeserializationSchema<
        Tuple6<String, String, byte[], Integer, Long, Long>> {
  private static final long serialVersionUID = 1;

  private transient @Nullable Wire wire;

  @Override
  public void deserialize(
      ConsumerRecord<byte[], byte[]> record,
      Collector<Tuple6<String, String, byte[], Integer, Long, Long>> out)
      throws IOException {
    Wire avro = wire;
    if (avro == null) {
      avro = new Wire();
      wire = avro;
    }
    UsageEvent event = avro.event(record.value());
    out.collect(
        Tuple6.of(
            event.getOrganizationId() + '/' + event.getSource() + '/' + event.getId(),
            new String(record.key(), StandardCharsets.UTF_8),
            record.value(),
            record.partition(),
            record.offset(),
            record.timestamp()));
  }

  @Override
  public TypeInformation<Tuple6<String, String, byte[], Integer, Long, Long>> getProducedType() {
    return UsageJob.READ;
  }
}
