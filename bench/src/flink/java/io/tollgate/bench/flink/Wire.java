package io.tollgate.bench.flink;

import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.jspecify.annotations.Nullable;

/**
 * Avro behind a zero byte and a schema id. All events of a bench are written with the schema of
 * this build. Not thread-safe.
 */
final class Wire {
  private static final int HEADER_BYTES = 1 + Integer.BYTES;

  private final SpecificDatumReader<UsageEvent> reader =
      new SpecificDatumReader<>(UsageEvent.class);
  private final SpecificDatumWriter<RatedUsage> writer =
      new SpecificDatumWriter<>(RatedUsage.class);
  private final ByteArrayOutputStream buffer = new ByteArrayOutputStream(1024);
  private @Nullable BinaryDecoder decoder;
  private @Nullable BinaryEncoder encoder;

  UsageEvent event(byte[] bytes) throws IOException {
    BinaryDecoder in =
        DecoderFactory.get()
            .binaryDecoder(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES, decoder);
    decoder = in;
    return reader.read(null, in);
  }

  byte[] bytes(int schema, RatedUsage usage) throws IOException {
    buffer.reset();
    buffer.writeBytes(ByteBuffer.allocate(HEADER_BYTES).put((byte) 0).putInt(schema).array());
    BinaryEncoder out = EncoderFactory.get().binaryEncoder(buffer, encoder);
    encoder = out;
    writer.write(usage, out);
    out.flush();
    return buffer.toByteArray();
  }
}
