package io.tollgate.http;

import io.tollgate.schemas.InvalidInput;
import java.util.Optional;

/**
 * Guards a change against overwriting one that the caller has not seen: an answer carries the
 * version of what it shows as its ETag, and a change that brings it back as {@code If-Match} is
 * made only while that is still the version. Without the header the last writer wins.
 */
public final class Version {
  private static final String HEADER = "If-Match";
  private static final String ANY = "*";

  private Version() {}

  static String tag(int version) {
    return "\"" + version + "\"";
  }

  /**
   * Checks the version a change is meant for; call it once the thing is locked.
   *
   * @throws Refusal 412 if the caller means another version
   * @throws InvalidInput if the header is not an ETag of ours
   */
  public static void check(Call call, int current) {
    check(call.header(HEADER), current);
  }

  static void check(Optional<String> header, int current) {
    if (header.isEmpty() || header.get().strip().equals(ANY)) {
      return;
    }
    String given = header.get().strip();
    InvalidInput.unless(
        given.matches("\"[0-9]{1,10}\""), HEADER, given, "must be one ETag such as \"3\", or *");
    if (!given.equals(tag(current))) {
      throw Refusal.preconditionFailed(given, tag(current));
    }
  }
}
