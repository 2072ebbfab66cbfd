package io.tollgate.app.fault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;

/**
 * What a sending process knows and a kill must not erase: how many events it has begun to send, and
 * which were acknowledged. The page cache outlives the process.
 */
final class SendLedger implements AutoCloseable {
  private final MappedByteBuffer begun;
  private final FileChannel acknowledged;
  private final Path acknowledgedFile;

  private SendLedger(MappedByteBuffer begun, FileChannel acknowledged, Path acknowledgedFile) {
    this.begun = begun;
    this.acknowledged = acknowledged;
    this.acknowledgedFile = acknowledgedFile;
  }

  static SendLedger in(Path folder) throws IOException {
    Path file = folder.resolve("acknowledged");
    try (FileChannel channel =
        FileChannel.open(
            folder.resolve("begun"),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      return new SendLedger(
          channel.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES),
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND),
          file);
    }
  }

  /** Events 0 to this, exclusive, were handed to the SDK. */
  long begun() {
    return begun.getLong(0);
  }

  void begin(long number) {
    begun.putLong(0, number + 1);
  }

  synchronized void acknowledge(long number) throws IOException {
    acknowledged.write(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
  }

  /** The numbers acknowledged so far; a last one that was cut by a kill is left out. */
  BitSet acknowledged() throws IOException {
    ByteBuffer numbers = ByteBuffer.wrap(Files.readAllBytes(acknowledgedFile));
    BitSet all = new BitSet();
    while (numbers.remaining() >= Long.BYTES) {
      all.set(Math.toIntExact(numbers.getLong()));
    }
    return all;
  }

  @Override
  public void close() throws IOException {
    acknowledged.close();
  }
}
