package io.tollgate.schemas;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * Avro in Confluent wire format: a zero byte, the schema id as four bytes big-endian, Avro binary.
 * One instance serves any number of threads; encoders, decoders and buffers are kept per thread.
 * Kafka's calls of {@code configure} and {@code close} do nothing.
 *
 * <p>The topic given to {@code serialize} and {@code deserialize} is ignored: the serde belongs to
 * one topic, so that a record restored from a changelog or read in a test decodes alike.
 */
public final class AvroSerde<V extends SpecificRecord>
    implements Serde<V>, Serializer<V>, Deserializer<V> {
  static final int HEADER_BYTES = 1 + Integer.BYTES;
  private static final int LARGEST_KEPT_BUFFER = 256 * 1024;

  private final String subject;
  private final Schema schema;
  private final SpecificData model;
  private final SchemaIds ids;
  private final ThreadLocal<Codec<V>> codecs;
  private volatile int writerId = -1;

  private AvroSerde(String subject, Class<V> type, SchemaIds ids) {
    this.subject = subject;
    this.model = SpecificData.getForClass(type);
    this.schema = model.getSchema(type);
    this.ids = ids;
    this.codecs = ThreadLocal.withInitial(() -> new Codec<>(schema, model));
  }

  public static <V extends SpecificRecord> AvroSerde<V> of(Topic<V> topic, SchemaIds ids) {
    return new AvroSerde<>(topic.subject(), topic.type(), ids);
  }

  /** For values that are not a topic's own, such as those of a store. */
  public static <V extends SpecificRecord> AvroSerde<V> of(
      String subject, Class<V> type, SchemaIds ids) {
    return new AvroSerde<>(subject, type, ids);
  }

  @Override
  public Serializer<V> serializer() {
    return this;
  }

  @Override
  public Deserializer<V> deserializer() {
    return this;
  }

  @Override
  public void configure(Map<String, ?> configs, boolean isKey) {}

  @Override
  public void close() {}

  /** Null stays null: a tombstone. */
  @Override
  public byte @Nullable [] serialize(@Nullable String topic, @Nullable V value) {
    return value == null ? null : encode(value);
  }

  /** Null stays null: a tombstone. */
  @Override
  public @Nullable V deserialize(@Nullable String topic, byte @Nullable [] bytes) {
    return bytes == null ? null : decode(bytes);
  }

  /**
   * The wire form of a record.
   *
   * @throws RegistryUnavailable at the first record, if the schema could not be registered
   */
  public byte[] encode(V value) {
    int id = writerId;
    if (id < 0) {
      id = ids.idOf(subject, schema);
      writerId = id;
    }
    return codecs.get().encode(id, value);
  }

  /**
   * The record in wire form.
   *
   * @throws MalformedRecord if the bytes are not a record that this version can read, trailing
   *     bytes included
   * @throws RegistryUnavailable if its schema could not be fetched
   */
  public V decode(byte[] bytes) {
    if (bytes.length < HEADER_BYTES || bytes[0] != 0) {
      throw new MalformedRecord(
          "not in Confluent wire format: must begin with a zero byte and a schema id");
    }
    int id = ByteBuffer.wrap(bytes, 1, Integer.BYTES).getInt();
    return codecs.get().decode(id, ids, bytes);
  }

  private static final class Codec<V extends SpecificRecord> {
    private final Schema schema;
    private final SpecificData model;
    private final SpecificDatumWriter<V> writer;
    private final Map<Integer, SpecificDatumReader<V>> readers = new HashMap<>();
    private Buffer buffer = new Buffer();
    private @Nullable BinaryEncoder encoder;
    private @Nullable BinaryDecoder decoder;

    Codec(Schema schema, SpecificData model) {
      this.schema = schema;
      this.model = model;
      this.writer = new SpecificDatumWriter<>(schema, model);
    }

    byte[] encode(int id, V value) {
      buffer.reset();
      buffer.header(id);
      encoder = EncoderFactory.get().binaryEncoder(buffer, encoder);
      try {
        writer.write(value, encoder);
        encoder.flush();
      } catch (IOException e) {
        throw new IllegalStateException("writing to memory failed", e);
      }
      byte[] bytes = buffer.toByteArray();
      if (bytes.length > LARGEST_KEPT_BUFFER) {
        buffer = new Buffer();
        encoder = null;
      }
      return bytes;
    }

    V decode(int id, SchemaIds ids, byte[] bytes) {
      SpecificDatumReader<V> reader = readers.get(id);
      if (reader == null) {
        reader = new SpecificDatumReader<>(ids.schemaOf(id), schema, model);
        readers.put(id, reader);
      }
      decoder =
          DecoderFactory.get()
              .binaryDecoder(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES, decoder);
      try {
        V value = reader.read(null, decoder);
        if (!decoder.isEnd()) {
          throw new MalformedRecord("bytes are left after the record");
        }
        return value;
      } catch (IOException
          | AvroRuntimeException
          | UnsupportedOperationException
          | IndexOutOfBoundsException
          | NegativeArraySizeException e) {
        throw new MalformedRecord("not a %s: %s".formatted(schema.getName(), e.getMessage()), e);
      }
    }
  }

  private static final class Buffer extends ByteArrayOutputStream {
    Buffer() {
      super(1024);
    }

    void header(int id) {
      write(0);
      write(id >>> 24);
      write(id >>> 16);
      write(id >>> 8);
      write(id);
    }
  }
}
