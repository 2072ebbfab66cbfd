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

  /** What all cells of a node, or of a model or feature inside it, begin with. */
  static byte[] prefix(Scope scope) {
    Subject subject = scope.subject();
    String organization = scope.organizationId() + '/' + scope.kind().ordinal();
    if (subject == null) {
      return ascii(organization + '/' + scope.id() + '/');
    }
    if (subject.kind() == SubjectKind.USER) {
      throw new IllegalArgumentException("a user's cells are kept by key");
    }
    return concat(
        ascii(organization + ':' + subject.kind().ordinal() + '/' + scope.id() + '/'),
        sized(subject.value()));
  }

  /** What all cells of a user in one key begin with. */
  static byte[] inKey(byte[] owner, String workspaceId, String apiKeyId) {
    return concat(owner, ascii(workspaceId + '/' + apiKeyId + '/'));
  }

  private static byte[] user(String organizationId, Subject user) {
    return concat(ascii(organizationId + "/u/"), sized(user.value()));
  }

  /** A name that may hold anything: its length in UTF-8 as two bytes, then the name. */
  static byte[] sized(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(Short.BYTES + bytes.length)
        .putShort((short) bytes.length)
        .put(bytes)
        .array();
  }

  private static byte[] concat(byte[] first, byte[] second) {
    return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
  }

  /** What the keys of all cells of a scope begin with, and of no other but users in other keys. */
  static byte[] owner(Scope scope) {
    Subject subject = scope.subject();
    return subject != null && subject.kind() == SubjectKind.USER
        ? user(scope.organizationId(), subject)
        : prefix(scope);
  }

  /** Of the scope with this prefix. */
  static String organizationId(byte[] prefix) {
    return new String(prefix, 0, organizationEnd(prefix), StandardCharsets.US_ASCII);
  }

  private static int organizationEnd(byte[] prefix) {
    return slash(prefix, 0);
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
