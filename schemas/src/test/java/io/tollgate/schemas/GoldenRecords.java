package io.tollgate.schemas;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/**
 * The frozen versions of every schema: {@code golden/<record>/<version>.avsc} with the bytes of one
 * example and what it reads as. Run {@link #main} after a compatible change to freeze the new
 * version; old files never change.
 */
final class GoldenRecords {
  static final Path FOLDER = Path.of("src/test/resources/golden");

  /** One frozen version. */
  record Frozen(int version, Schema schema, byte[] bytes, String text) {}

  private GoldenRecords() {}

  public static void main(String[] args) throws IOException {
    for (Topic<?> topic : Topics.ALL) {
      List<Frozen> frozen = of(topic);
      if (frozen.isEmpty() || !frozen.getLast().schema().equals(topic.schema())) {
        Path folder = Files.createDirectories(FOLDER.resolve(topic.schema().getName()));
        int version = frozen.size() + 1;
        byte[] bytes = example(topic.schema());
        Files.writeString(folder.resolve(version + ".avsc"), topic.schema().toString(true) + "\n");
        Files.write(folder.resolve(version + ".bin"), bytes);
        Files.writeString(
            folder.resolve(version + ".txt"), read(topic, topic.schema(), bytes) + "\n");
        System.out.println("froze " + topic.schema().getName() + " " + version);
      }
    }
  }

  static List<Frozen> of(Topic<?> topic) {
    Path folder = FOLDER.resolve(topic.schema().getName());
    return IntStream.iterate(1, v -> Files.exists(folder.resolve(v + ".avsc")), v -> v + 1)
        .mapToObj(v -> load(folder, v))
        .toList();
  }

  private static Frozen load(Path folder, int version) {
    try {
      return new Frozen(
          version,
          new Schema.Parser().parse(Files.readString(folder.resolve(version + ".avsc"))),
          Files.readAllBytes(folder.resolve(version + ".bin")),
          Files.readString(folder.resolve(version + ".txt")).stripTrailing());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Bytes written with one schema, read into today's record, as text. */
  static String read(Topic<?> topic, Schema writer, byte[] bytes) {
    LocalSchemaIds ids = new LocalSchemaIds();
    int id = ids.idOf(topic.subject(), writer);
    ByteBuffer wire = ByteBuffer.allocate(5 + bytes.length).put((byte) 0).putInt(id).put(bytes);
    return AvroSerde.of(topic, ids).decode(wire.array()).toString();
  }

  static byte[] example(Schema schema) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    new GenericDatumWriter<>(schema).write(value(schema, "x"), encoder);
    encoder.flush();
    return out.toByteArray();
  }

  /**
   * A value that differs from field to field, so that swapped fields are seen; the last branch of
   * each union.
   */
  private static Object value(Schema schema, String name) {
    int seed = Math.floorMod(name.hashCode(), 1000) + 1;
    return switch (schema.getType()) {
      case RECORD -> {
        GenericData.Record record = new GenericData.Record(schema);
        for (Schema.Field field : schema.getFields()) {
          record.put(field.name(), value(field.schema(), field.name()));
        }
        yield record;
      }
      case ENUM -> new GenericData.EnumSymbol(schema, schema.getEnumSymbols().getLast());
      case ARRAY -> new ArrayList<>(List.of(value(schema.getElementType(), name)));
      case MAP -> Map.of("input", value(schema.getValueType(), name));
      case UNION -> value(schema.getTypes().getLast(), name);
      case STRING -> name + "-" + seed;
      case BYTES -> ByteBuffer.wrap(new byte[] {1, (byte) seed, 3});
      case INT -> seed;
      case LONG -> 1_700_000_000_000L + seed;
      case BOOLEAN -> true;
      case FLOAT, DOUBLE, FIXED, NULL ->
          throw new AssertionError("no schema of ours has a " + schema.getType());
    };
  }

  static Stream<Topic<?>> topics() {
    return Topics.ALL.stream();
  }
}
