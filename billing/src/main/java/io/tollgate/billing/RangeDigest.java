package io.tollgate.billing;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 over the offset, append time and bytes of every record of a range, in order. */
final class RangeDigest {
  private final MessageDigest sha256;
  private final ByteBuffer coordinates =
      ByteBuffer.allocate(Long.BYTES + Long.BYTES + Integer.BYTES);

  RangeDigest() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  void add(LogRecord row) {
    coordinates.clear();
    // The length keeps the border between two records from moving unseen.
    coordinates.putLong(row.offset()).putLong(row.appendedAtMillis()).putInt(row.value().length);
    sha256.update(coordinates.array());
    sha256.update(row.value());
  }

  /** 64 lower-case hexadecimal digits; ends this digest. */
  String hex() {
    return HexFormat.of().formatHex(sha256.digest());
  }
}
