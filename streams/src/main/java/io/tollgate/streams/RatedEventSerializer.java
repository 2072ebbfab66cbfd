package io.tollgate.streams;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Charge;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.RatedUsage;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

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
  private static final int HEADER_BYTES = 1 + Integer.BYTES;
  private static final int LARGEST_KEPT_BUFFER = 256 * 1024;

  private final AvroSerde<RatedUsage> serde;
  private final int eventSchema;
  private final int ratedSchema;
  private final ThreadLocal<Buffer> buffers = ThreadLocal.withInitial(Buffer::new);

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
    Buffer out = buffers.get();
    out.length = 0;
    out.header(ratedSchema);
    out.raw(wire, HEADER_BYTES, wire.length - HEADER_BYTES);
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
    byte[] bytes = Arrays.copyOf(out.bytes, out.length);
    if (out.bytes.length > LARGEST_KEPT_BUFFER) {
      buffers.remove();
    }
    return bytes;
  }

  private static void position(Position position, Buffer out) {
    out.number(position.getGeneration());
    out.number(position.getPartition());
    out.number(position.getOffset());
    out.number(position.getAppendedAt().toEpochMilli());
    out.number(position.getAcceptedAt().toEpochMilli());
  }

  private static void charges(List<Charge> charges, Buffer out) {
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

  /** Avro's binary encoding of what is needed here. */
  private static final class Buffer {
    private byte[] bytes = new byte[2 * 1024];
    private int length;

    void header(int schema) {
      reserve(HEADER_BYTES);
      bytes[length++] = 0;
      for (int shift = 24; shift >= 0; shift -= Byte.SIZE) {
        bytes[length++] = (byte) (schema >>> shift);
      }
    }

    /** Zig-zag, then seven bits at a time, lowest first; the same for int and long. */
    void number(long number) {
      reserve(10);
      long rest = (number << 1) ^ (number >> 63);
      while ((rest & ~0x7FL) != 0) {
        bytes[length++] = (byte) (rest | 0x80);
        rest >>>= 7;
      }
      bytes[length++] = (byte) rest;
    }

    void text(String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      number(utf8.length);
      raw(utf8, 0, utf8.length);
    }

    void optionalText(@Nullable String text) {
      if (text == null) {
        number(0);
      } else {
        number(1);
        text(text);
      }
    }

    void decimal(BigDecimal decimal) {
      byte[] unscaled = decimal.unscaledValue().toByteArray();
      number(unscaled.length);
      raw(unscaled, 0, unscaled.length);
    }

    void bytes(ByteBuffer from) {
      int count = from.remaining();
      number(count);
      reserve(count);
      from.get(from.position(), bytes, length, count);
      length += count;
    }

    void raw(byte[] from, int offset, int count) {
      reserve(count);
      System.arraycopy(from, offset, bytes, length, count);
      length += count;
    }

    private void reserve(int more) {
      if (length + more > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
      }
    }
  }
}
