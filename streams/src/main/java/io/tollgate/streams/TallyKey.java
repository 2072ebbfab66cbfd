package io.tollgate.streams;

import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.SubjectKind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Predicate;
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
 * <p>Users are many and each has few keys. A user's cells are therefore kept once, by key: {@code
 * organization/u/}, the length and the name, {@code workspace/key/}. All of them, and those of a
 * workspace, are a range; those of one key are picked from it.
 */
final class TallyKey {
  private TallyKey() {}

  /** Where the cells of a scope are: a range of keys, and which of them. */
  record Range(Bytes from, Bytes to, Predicate<Bytes> holds) {
    boolean contains(Bytes key) {
      return key.compareTo(from) >= 0 && key.compareTo(to) <= 0 && holds.test(key);
    }
  }

  static Range range(Scope scope, int firstQuarterHour, int lastQuarterHour) {
    Subject subject = scope.subject();
    if (subject == null || subject.kind() != SubjectKind.USER) {
      byte[] prefix = prefix(scope);
      return new Range(of(prefix, firstQuarterHour), of(prefix, lastQuarterHour), key -> true);
    }
    byte[] user = user(scope.organizationId(), subject);
    byte[] id = ascii(scope.id() + '/');
    byte[] from =
        switch (scope.kind()) {
          case ORGANIZATION, API_KEY -> user;
          case WORKSPACE -> concat(user, id);
        };
    byte[] end = ascii('/' + scope.id() + '/');
    boolean oneKey = scope.kind() == ScopeKind.API_KEY;
    return new Range(
        Bytes.wrap(from),
        Bytes.increment(Bytes.wrap(from)),
        key -> {
          int quarterHour = quarterHour(key);
          return quarterHour >= firstQuarterHour
              && quarterHour <= lastQuarterHour
              && (!oneKey || endsWith(key.get(), end));
        });
  }

  private static boolean endsWith(byte[] key, byte[] end) {
    int to = key.length - Integer.BYTES;
    return to >= end.length && Arrays.equals(key, to - end.length, to, end, 0, end.length);
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

  private static byte[] sized(String value) {
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

  /** The part of a cell's key before the quarter-hour. */
  static byte[] prefix(Bytes key) {
    return Arrays.copyOf(key.get(), key.get().length - Integer.BYTES);
  }

  /** How long the cells of the scope with this prefix are. */
  static Tallies.Grain grain(byte[] prefix) {
    int kind = organizationEnd(prefix) + 1;
    if (prefix[kind] == 'u' || prefix[kind + 1] == ':') {
      return Tallies.Grain.DAYS;
    }
    return prefix[kind] - '0' == ScopeKind.ORGANIZATION.ordinal()
        ? Tallies.Grain.QUARTERS
        : Tallies.Grain.QUARTERS_THEN_DAYS;
  }

  /** Of the scope with this prefix. */
  static String organizationId(byte[] prefix) {
    return new String(prefix, 0, organizationEnd(prefix), StandardCharsets.US_ASCII);
  }

  private static int organizationEnd(byte[] prefix) {
    int end = 0;
    while (prefix[end] != '/') {
      end++;
    }
    return end;
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
