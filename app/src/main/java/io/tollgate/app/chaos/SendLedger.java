package io.tollgate.app.chaos;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;

/**
 * What a sending process knows and a kill must not erase: how many sendings it has begun, and which
 * were acknowledged. The page cache outlives the process. Written by one process, read by others.
 */
final class SendLedger {
  private static final int BEGUN = 0;
  private static final int ACKNOWLEDGEMENTS = Long.BYTES;
  private static final int BITS = 2 * Long.BYTES;

  /** Bounds a run at half a billion sendings; the file is sparse. */
  private static final int BITS_BYTES = 64 << 20;

  private final MappedByteBuffer file;

  private SendLedger(MappedByteBuffer file) {
    this.file = file;
  }

  static SendLedger in(Path folder) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            folder.resolve("ledger"),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      return new SendLedger(channel.map(FileChannel.MapMode.READ_WRITE, 0, BITS + BITS_BYTES));
    }
  }

  /** Sendings 0 to this, exclusive, were handed to the SDK. */
  long begun() {
    return file.getLong(BEGUN);
  }

  void begin(long number) {
    file.putLong(BEGUN, number + 1);
  }

  synchronized void acknowledge(long number) {
    int at = BITS + Math.toIntExact(number / Byte.SIZE);
    file.put(at, (byte) (file.get(at) | 1 << (number % Byte.SIZE)));
    file.putLong(ACKNOWLEDGEMENTS, acknowledgements() + 1);
  }

  boolean isAcknowledged(long number) {
    int at = BITS + Math.toIntExact(number / Byte.SIZE);
    return (file.get(at) & 1 << (number % Byte.SIZE)) != 0;
  }

  /** How many acknowledgements there were; a sending repeated after a kill may have two. */
  long acknowledgements() {
    return file.getLong(ACKNOWLEDGEMENTS);
  }

  /** The numbers acknowledged so far. */
  BitSet acknowledged() {
    byte[] bits = new byte[Math.toIntExact(begun() / Byte.SIZE) + 1];
    file.get(BITS, bits);
    return BitSet.valueOf(bits);
  }
}
