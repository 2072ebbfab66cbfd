package io.tollgate.app.workload;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a trace file, plain or gzip (told by its first two bytes, not by its name), ending
 * in LF or CRLF, the last one also in nothing. Digests the content, unpacked, on the way.
 */
final class TraceReader implements AutoCloseable {
  /** No line of this format comes near; a longer one is shown cut and refused as a line. */
  static final int LONGEST_LINE = 1024;

  private static final int BUFFER_BYTES = 1 << 16;

  private final Path file;
  private final InputStream in;
  private final MessageDigest digest;
  private final byte[] line = new byte[LONGEST_LINE];
  private long number;

  TraceReader(Path file) throws IOException {
    this.file = file;
    this.digest = sha256();
    InputStream raw = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES);
    try {
      raw.mark(2);
      boolean gzip = raw.read() == 0x1f && raw.read() == 0x8b;
      raw.reset();
      InputStream content = gzip ? new GZIPInputStream(raw, BUFFER_BYTES) : raw;
      this.in = new BufferedInputStream(new DigestInputStream(content, digest), BUFFER_BYTES);
    } catch (EOFException | ZipException e) {
      raw.close();
      throw broken(e);
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  /** The next line without its end, cut to {@link #LONGEST_LINE} bytes; null after the last. */
  @Nullable String next() throws IOException {
    try {
      int b = in.read();
      if (b < 0) {
        return null;
      }
      int length = 0;
      while (b >= 0 && b != '\n') {
        if (length < LONGEST_LINE) {
          line[length++] = (byte) b;
        }
        b = in.read();
      }
      number++;
      if (length > 0 && length < LONGEST_LINE && line[length - 1] == '\r') {
        length--;
      }
      return new String(line, 0, length, StandardCharsets.UTF_8);
    } catch (EOFException | ZipException e) {
      throw broken(e);
    }
  }

  /** Of the line last handed out, from 1. */
  long number() {
    return number;
  }

  /** SHA-256 of the whole content, hex; only after the last line. */
  String digest() {
    return HexFormat.of().formatHex(digest.digest());
  }

  private IOException broken(IOException cause) {
    return new IOException(file + ": is cut off or damaged gzip after line " + number, cause);
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
