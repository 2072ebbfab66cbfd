package io.tollgate.streams;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.utils.Bytes;

/**
 * Keys of the tally store: {@code organization/kind/id/} in ASCII and the quarter-hour as four
 * bytes that sort like the number. A scope's tallies so lie side by side in order of time. Ids hold
 * no slash.
 */
final class TallyKey {
  private TallyKey() {}

  static Bytes of(Scope scope, int quarterHour) {
    String text = scope.organizationId() + '/' + scope.kind().ordinal() + '/' + scope.id() + '/';
    byte[] prefix = text.getBytes(StandardCharsets.US_ASCII);
    // The sign bit is turned, so that unsigned bytes compare like signed numbers.
    return Bytes.wrap(
        ByteBuffer.allocate(prefix.length + Integer.BYTES)
            .put(prefix)
            .putInt(quarterHour ^ Integer.MIN_VALUE)
            .array());
  }

  static int quarterHour(Bytes key) {
    byte[] bytes = key.get();
    return ByteBuffer.wrap(bytes, bytes.length - Integer.BYTES, Integer.BYTES).getInt()
        ^ Integer.MIN_VALUE;
  }
}
