package io.tollgate.streams;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Charge;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.RatedUsage;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Writes rated usage without encoding the event again: an Avro record is its fields one after the
 * other, the event comes first, and its bytes are at hand. That is a fifth of the topology's work
 * per event. An event that was written with another version of the schema is encoded anew, by the
 * serde that readers use.
 *
 * <p>The fields after the event are written by hand, in the order of the schema; {@code
 * RatedEventSerializerTest} holds that against the serde. Thread-safe; buffers are kept per thread.
 */
final class RatedEventSerializer implements Serializer<RatedEvent> {
  private static final int LARGEST_KEPT_BUFFER = 256 * 1024;

  private final AvroSerde<RatedUsage> serde;
  private final int eventSchema;
  private final int ratedSchema;
  private final ThreadLocal<AvroBytes> buffers =
      ThreadLocal.withInitial(() -> new AvroBytes(2 * 1024));

  RatedEventSerializer(SchemaIds ids) {
    this.serde = AvroSerde.of(Topics.USAGE_RATED, ids);
    this.eventSchema = ids.idOf(Topics.USAGE_EVENTS.subject(), Topics.USAGE_EVENTS.schema());
    this.ratedSchema = ids.idOf(Topics.USAGE_RATED.subject(), Topics.USAGE_RATED.schema());
  }

  @Override
  public byte[] serialize(String topic, RatedEvent event) {
    byte[] wire = event.wire();
    RatedUsage rated = event.rated();
    if (wire.length == 0 || ByteBuffer.wrap(wire).getInt(1) != eventSchema) {
      return serde.encode(rated);
    }
    AvroBytes out = buffers.get();
    out.reset();
    out.header(ratedSchema);
    out.raw(wire, AvroBytes.HEADER_BYTES, wire.length - AvroBytes.HEADER_BYTES);
    position(rated.getPosition(), out);
    out.bytes(rated.getBodyDigest());
    out.text(rated.getCurrency());
    out.text(rated.getPriceBookId());
    out.number(rated.getPriceVersion());
    Long contextOver = rated.getContextOver();
    if (contextOver == null) {
      out.number(0);
    } else {
      out.number(1);
      out.number(contextOver);
    }
    charges(rated.getCharges(), out);
    out.decimal(rated.getCost());
    out.number(rated.getKind().ordinal());
    out.optionalText(rated.getCorrectionId());
    byte[] bytes = out.toByteArray();
    if (out.capacity() > LARGEST_KEPT_BUFFER) {
      buffers.remove();
    }
    return bytes;
  }

  private static void position(Position position, AvroBytes out) {
    out.number(position.getGeneration());
    out.number(position.getPartition());
    out.number(position.getOffset());
    out.number(position.getAppendedAt().toEpochMilli());
    out.number(position.getAcceptedAt().toEpochMilli());
  }

  private static void charges(List<Charge> charges, AvroBytes out) {
    if (!charges.isEmpty()) {
      out.number(charges.size());
      for (Charge charge : charges) {
        out.text(charge.getMeter());
        out.number(charge.getUnits());
        out.decimal(charge.getRate());
        out.decimal(charge.getCost());
      }
    }
    out.number(0);
  }
}
