package io.tollgate.streams;

import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.SubjectKind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.utils.Bytes;

/**
 * Keys of the tally store: whose cell it is, and the quarter-hour it begins with as four bytes that
 * sort like the number. Cells of one scope so lie side by side in order of time, and no other's
 * among them.
 *
 * <p>A node of the tree is {@code organization/kind/id/} in ASCII, where kind is a digit; ids hold
 * no slash. A model or feature inside it is {@code organization/kind:subject-kind/id/}, the length
 * of its name in UTF-8 as two bytes, and the name, which may hold anything.
 *
 * <p>Users are many and each has few keys. A user's sums are therefore kept once, by key: {@code
 * organization/u/}, the length and the name, {@code workspace/key/}. Only what is pending of them
 * has such a key; they are stored by the block ({@link UserTallies}).
 */
final class TallyKey {
  private TallyKey() {}

  /** Where the cells of a scope other than a user are: a range of keys, both ends included. */
  record Range(Bytes from, Bytes to) {
    static Range of(Scope scope, int firstQuarterHour, int lastQuarterHour) {
      byte[] prefix = prefix(scope);
      return new Range(TallyKey.of(prefix, firstQuarterHour), TallyKey.of(prefix, lastQuarterHour));
    }
  }

  /**
   * The cell with this key.
   *
   * @throws IllegalStateException if it is not one
   */
  static Cell cell(Bytes key) {
    byte[] bytes = key.get();
    int organizationEnd = organizationEnd(bytes);
    String organizationId = ascii(bytes, 0, organizationEnd);
    int at = organizationEnd + 1;
    int quarterHour = quarterHour(key);
    if (bytes[at] == 'u') {
      String user = sizedAt(bytes, at + 2);
      int workspace = sizedEnd(bytes, at + 2);
      int apiKey = slash(bytes, workspace) + 1;
      return new Cell(
          Scope.organization(organizationId).inside(new Subject(SubjectKind.USER, user)),
          ascii(bytes, workspace, apiKey - 1),
          ascii(bytes, apiKey, slash(bytes, apiKey)),
          quarterHour);
    }
    ScopeKind kind = ScopeKind.values()[bytes[at] - '0'];
    int subjectKind = bytes[at + 1] == ':' ? bytes[at + 2] - '0' : -1;
    int id = slash(bytes, at) + 1;
    int idEnd = slash(bytes, id);
    Scope node = new Scope(organizationId, kind, ascii(bytes, id, idEnd), null);
    return Cell.of(
        subjectKind < 0
            ? node
            : node.inside(
                new Subject(SubjectKind.values()[subjectKind], sizedAt(bytes, idEnd + 1))),
        quarterHour);
  }

  private static int slash(byte[] bytes, int from) {
    int at = from;
    while (bytes[at] != '/') {
      at++;
    }
    return at;
  }

  private static String ascii(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.US_ASCII);
  }

  private static int sizedEnd(byte[] bytes, int from) {
    return from + Short.BYTES + (ByteBuffer.wrap(bytes).getShort(from) & 0xFFFF);
  }

  private static String sizedAt(byte[] bytes, int from) {
    int begin = from + Short.BYTES;
    return new String(bytes, begin, sizedEnd(bytes, from) - begin, StandardCharsets.UTF_8);
  }

  static Bytes of(byte[] prefix, int quarterHour) {
    // The sign bit is turned, so that unsigned bytes compare like signed numbers.
    return Bytes.wrap(
        ByteBuffer.allocate(prefix.length + Integer.BYTES)
            .put(prefix)
            .putInt(quarterHour ^ Integer.MIN_VALUE)
            .array());
  }

  /** What all cells of a node, or of a model or feature inside it, begin with. */
  static byte[] prefix(Scope scope) {
    if (scope.isUser()) {
      throw new IllegalArgumentException("a user's cells are kept by key");
    }
    return owner(scope);
  }

  /** What the keys of all cells of a scope begin with, and of no other but users in other keys. */
  static byte[] owner(Scope scope) {
    TallyBytes bytes = new TallyBytes(64);
    write(scope, bytes);
    return bytes.toByteArray();
  }

  private static void write(Scope scope, TallyBytes out) {
    Subject subject = scope.subject();
    out.ascii(scope.organizationId()).one('/');
    if (subject == null) {
      out.one('0' + scope.kind().ordinal()).one('/').ascii(scope.id()).one('/');
    } else if (subject.kind() == SubjectKind.USER) {
      out.ascii("u/").sized(subject.value());
    } else {
      out.one('0' + scope.kind().ordinal()).one(':').one('0' + subject.kind().ordinal()).one('/');
      out.ascii(scope.id()).one('/').sized(subject.value());
    }
  }

  /** Writes the key of a cell without its quarter-hour: what those at other times begin with. */
  static void writePrefix(Cell cell, TallyBytes out) {
    write(cell.scope(), out);
    String workspace = cell.workspaceId();
    String apiKey = cell.apiKeyId();
    if (workspace != null && apiKey != null) {
      out.ascii(workspace).one('/').ascii(apiKey).one('/');
    }
  }

  /** Writes the key of a cell. */
  static void write(Cell cell, TallyBytes out) {
    writePrefix(cell, out);
    // The sign bit is turned, so that unsigned bytes compare like signed numbers.
    out.four(cell.quarterHour() ^ Integer.MIN_VALUE);
  }

  /** How many bytes of a key say whose cell it is; of a user's that it is this user's. */
  static int ownerLength(byte[] bytes, int from, int length) {
    int kind = slash(bytes, from) + 1;
    return bytes[kind] == 'u' ? sizedEnd(bytes, kind + 2) - from : length - Integer.BYTES;
  }

  /** Where in a user's key the user begins, after the organization. */
  static int userFrom(byte[] key) {
    return organizationEnd(key) + "/u/".length();
  }

  /** Of the scope with this prefix. */
  static String organizationId(byte[] prefix) {
    return new String(prefix, 0, organizationEnd(prefix), StandardCharsets.US_ASCII);
  }

  private static int organizationEnd(byte[] prefix) {
    return slash(prefix, 0);
  }

  static int quarterHour(Bytes key) {
    return quarterHour(key.get(), key.get().length);
  }

  /** Of a key that ends there. */
  static int quarterHour(byte[] bytes, int end) {
    return ByteBuffer.wrap(bytes).getInt(end - Integer.BYTES) ^ Integer.MIN_VALUE;
  }
}
