package io.tollgate.governance.store;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One row of the audit, and the bytes by which it is hashed.
 *
 * @param chain {@link #INSTALLATION} or the id of the organization whose chain it is in
 * @param sequence its place there, from 1 without gaps
 * @param attempts how often it happened within one second; above 1 for refused attempts only
 * @param address the IP address it came from; null if from within
 * @param route method and path as declared; null if from within
 * @param before JSON object, exactly as written
 * @param after JSON object, exactly as written
 */
public record AuditEntry(
    String chain,
    long sequence,
    Instant at,
    String type,
    Outcome outcome,
    long attempts,
    Actor actor,
    @Nullable String address,
    @Nullable String route,
    String subjectKind,
    String subject,
    @Nullable String workspace,
    @Nullable String before,
    @Nullable String after) {
  /** The chain of what is no organization's; no id of an organization looks like it. */
  public static final String INSTALLATION = "*";

  /** Precedes the first row of a chain. */
  private static final byte[] NOTHING = new byte[32];

  /** Changes when the canonical bytes do. */
  private static final int FORM = 1;

  private static final int ABSENT = 0;
  private static final int PRESENT = 1;

  /** Whether it was done. */
  public enum Outcome {
    DONE,
    REFUSED;

    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Outcome of(String wireName) {
      return valueOf(wireName.toUpperCase(Locale.ROOT));
    }
  }

  /** What the first row of a chain is hashed with. */
  public static byte[] beginning() {
    return NOTHING.clone();
  }

  /** SHA-256 over the hash of the row before and this row's canonical bytes. */
  public byte[] hash(byte[] previous) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(previous);
      return digest.digest(canonical());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * Every field in a fixed order, numbers in 8 bytes, text as a mark of presence, its length in 4
   * bytes and UTF-8: no two different rows have the same bytes.
   */
  byte[] canonical() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORM);
      write(out, chain);
      out.writeLong(sequence);
      out.writeLong(at.getEpochSecond());
      out.writeLong(at.getNano());
      write(out, type);
      write(out, outcome.wireName());
      out.writeLong(attempts);
      write(out, actor.kind());
      write(out, actor.id());
      write(out, actor.email());
      write(out, address);
      write(out, route);
      write(out, subjectKind);
      write(out, subject);
      write(out, workspace);
      write(out, before);
      write(out, after);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory cannot fail", e);
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, @Nullable String text) throws IOException {
    if (text == null) {
      out.writeByte(ABSENT);
      return;
    }
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeByte(PRESENT);
    out.writeInt(utf8.length);
    out.write(utf8);
  }
}
