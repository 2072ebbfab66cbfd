package io.tollgate.streams.simulation;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/** The auditor's own reading of Confluent's wire format: a zero, four bytes of schema id, Avro. */
final class Wire {
  private static final int HEADER_BYTES = 5;

  private final Map<Class<?>, SpecificDatumReader<?>> readers = new HashMap<>();
  private @Nullable BinaryDecoder decoder;

  /** A record that the line wrote. */
  <V extends SpecificRecord> V read(byte @Nullable [] bytes, Class<V> type) {
    V value = bytes == null ? null : tryToRead(bytes, type, bytes);
    if (value == null) {
      throw new InvariantBroken("readable", "a record is not a " + type.getSimpleName());
    }
    return value;
  }

  /** A record without its header. */
  <V extends SpecificRecord> V readBody(byte[] body, Class<V> type) {
    byte[] bytes = new byte[HEADER_BYTES + body.length];
    System.arraycopy(body, 0, bytes, HEADER_BYTES, body.length);
    return read(bytes, type);
  }

  /**
   * A record, or null if the bytes are none.
   *
   * @param like bytes whose first five are the header to expect
   */
  @SuppressWarnings("unchecked")
  <V extends SpecificRecord> @Nullable V tryToRead(
      byte @Nullable [] bytes, Class<V> type, byte[] like) {
    if (bytes == null || bytes.length < HEADER_BYTES || bytes[0] != 0) {
      return null;
    }
    for (int i = 0; i < HEADER_BYTES; i++) {
      if (bytes[i] != like[i]) {
        return null;
      }
    }
    SpecificDatumReader<V> reader =
        (SpecificDatumReader<V>)
            readers.computeIfAbsent(
                type,
                t -> {
                  SpecificData model = SpecificData.getForClass(t);
                  return new SpecificDatumReader<>(model.getSchema(t), model.getSchema(t), model);
                });
    decoder =
        DecoderFactory.get()
            .binaryDecoder(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES, decoder);
    try {
      V value = reader.read(null, decoder);
      return decoder.isEnd() ? value : null;
    } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException e) {
      return null;
    }
  }
}
