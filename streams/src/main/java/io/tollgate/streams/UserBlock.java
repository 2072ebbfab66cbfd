package io.tollgate.streams;

import io.tollgate.schemas.avro.ScopeKind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.Bytes;

/**
 * Sums of many users in one value, sorted: each by the user's name and the key, {@code length name
 * workspace/key/}.
 */
final class UserBlock {
  /** No value is larger by more than one sum. */
  static final int MOST_BYTES = 256 * 1024;

  private static final int FORMAT = 1;

  /** A length, a format, a number of requests and a cost of a few bytes. */
  private static final int BYTES_BESIDE_NAME = 18;

  private UserBlock() {}

  /** The name of a user in one key. */
  static Bytes name(Cell cell) {
    byte[] prefix = cell.prefix();
    int begin = cell.scope().organizationId().length() + "/u/".length();
    return Bytes.wrap(Arrays.copyOfRange(prefix, begin, prefix.length));
  }

  /** How much sums take, roughly. */
  static long bytes(SortedMap<Bytes, Tally> sums) {
    long bytes = 0;
    for (Bytes name : sums.keySet()) {
      bytes += name.get().length + BYTES_BESIDE_NAME;
    }
    return bytes;
  }

  /** The sums in as many values as it takes. */
  static List<byte[]> write(SortedMap<Bytes, Tally> sums) {
    List<byte[]> values = new ArrayList<>(1);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(64 * sums.size());
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      for (Map.Entry<Bytes, Tally> sum : sums.entrySet()) {
        if (bytes.size() == 0) {
          out.writeByte(FORMAT);
        }
        byte[] name = sum.getKey().get();
        out.writeShort(name.length);
        out.write(name);
        sum.getValue().write(out);
        if (bytes.size() >= MOST_BYTES) {
          values.add(bytes.toByteArray());
          bytes.reset();
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
    if (bytes.size() > 0) {
      values.add(bytes.toByteArray());
    }
    return values;
  }

  static void forEach(byte[] value, BiConsumer<Bytes, Tally> each) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(value))) {
      int format = in.readByte();
      if (format != FORMAT) {
        throw new IllegalStateException(
            "users' tallies in format " + format + " are not of this version");
      }
      while (in.available() > 0) {
        Bytes name = Bytes.wrap(in.readNBytes(in.readUnsignedShort()));
        each.accept(name, Tally.read(in));
      }
    } catch (IOException e) {
      throw new IllegalStateException("users' tallies cannot be read", e);
    }
  }

  /** Hands over the sums of one user, in the node that is asked for. */
  static void forEach(byte[] value, Scope scope, Consumer<Tally> each) {
    Subject user = Objects.requireNonNull(scope.subject(), "of users only");
    byte[] sized = TallyKey.sized(user.value());
    byte[] begin =
        scope.kind() == ScopeKind.WORKSPACE
            ? ByteBuffer.allocate(sized.length + scope.id().length() + 1)
                .put(sized)
                .put(ascii(scope.id() + '/'))
                .array()
            : sized;
    byte[] end = scope.kind() == ScopeKind.API_KEY ? ascii('/' + scope.id() + '/') : new byte[0];
    forEach(
        value,
        (name, tally) -> {
          byte[] bytes = name.get();
          if (bytes.length >= begin.length + end.length
              && Arrays.equals(bytes, 0, begin.length, begin, 0, begin.length)
              && Arrays.equals(
                  bytes, bytes.length - end.length, bytes.length, end, 0, end.length)) {
            each.accept(tally);
          }
        });
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
