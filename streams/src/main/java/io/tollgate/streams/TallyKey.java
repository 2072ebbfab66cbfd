package io.tollgate.streams;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.utils.Bytes;

/**
 * Keys of the tally store: the scope and the quarter-hour as four bytes that sort like the number.
 * A scope's tallies so lie side by side in order of time, and no other's among them.
 *
 * <p>The scope is {@code organization/kind/id/} in ASCII, where kind is a digit; ids hold no slash.
 * Of a subject inside it: {@code organization/kind:subject-kind/id/}, the length of the subject's
 * name in UTF-8 as two bytes, and the name, which may hold anything.
 */
final class TallyKey {
  private TallyKey() {}

  static Bytes of(Scope scope, int quarterHour) {
    return of(prefix(scope), quarterHour);
  }

  static Bytes of(byte[] prefix, int quarterHour) {
    // The sign bit is turned, so that unsigned bytes compare like signed numbers.
    return Bytes.wrap(
        ByteBuffer.allocate(prefix.length + Integer.BYTES)
            .put(prefix)
            .putInt(quarterHour ^ Integer.MIN_VALUE)
            .array());
  }

  /** What all tallies of a scope, and no other's, begin with. */
  static byte[] prefix(Scope scope) {
    Subject subject = scope.subject();
    if (subject == null) {
      return ascii(scope.organizationId() + '/' + scope.kind().ordinal() + '/' + scope.id() + '/');
    }
    byte[] node =
        ascii(
            scope.organizationId()
                + '/'
                + scope.kind().ordinal()
                + ':'
                + subject.kind().ordinal()
                + '/'
                + scope.id()
                + '/');
    byte[] value = subject.value().getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(node.length + Short.BYTES + value.length)
        .put(node)
        .putShort((short) value.length)
        .put(value)
        .array();
  }

  /** Of the scope with this prefix. */
  static String organizationId(byte[] prefix) {
    int end = 0;
    while (prefix[end] != '/') {
      end++;
    }
    return new String(prefix, 0, end, StandardCharsets.US_ASCII);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  static int quarterHour(Bytes key) {
    byte[] bytes = key.get();
    return ByteBuffer.wrap(bytes, bytes.length - Integer.BYTES, Integer.BYTES).getInt()
        ^ Integer.MIN_VALUE;
  }
}
