package io.tollgate.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/**
 * A bearer secret: a prefix that says what it is, then 256 random bits in base64url. It is shown to
 * its owner once; everything else keeps its hash. {@link #toString()} is redacted, so that a secret
 * does not slip into a log.
 */
public record Secret(String value) {
  private static final int RANDOM_BYTES = 32;
  private static final int LAST = 4;

  /** What a secret opens, visible in its prefix so that a leaked one is recognized. */
  public enum Kind {
    OPERATOR("tg-op-"),
    ADMIN_KEY("tg-admin-"),
    PERSON("tg-user-"),
    INVITE("tg-invite-"),
    API_KEY("tg-");

    private final String prefix;

    Kind(String prefix) {
      this.prefix = prefix;
    }

    public String prefix() {
      return prefix;
    }
  }

  /** Makes a new secret; {@code random} must be cryptographically strong outside tests. */
  public static Secret make(Kind kind, RandomGenerator random) {
    byte[] bits = new byte[RANDOM_BYTES];
    random.nextBytes(bits);
    return new Secret(kind.prefix() + Base64.getUrlEncoder().withoutPadding().encodeToString(bits));
  }

  /**
   * SHA-256 of the secret in lower-case hex, the key of {@code governance.principals}. A fast hash
   * is enough because 256 random bits cannot be guessed.
   */
  public String hash() {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(value.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * The prefix of its kind, such as {@code tg-admin-}; empty for text that is not one of our
   * secrets.
   */
  public String prefix() {
    for (Kind kind : Kind.values()) {
      if (value.startsWith(kind.prefix())) {
        return kind.prefix();
      }
    }
    return "";
  }

  /** The last four characters: enough for its owner to tell keys apart, not enough to guess one. */
  public String lastFour() {
    return value.length() < prefix().length() + RANDOM_BYTES
        ? ""
        : value.substring(value.length() - LAST);
  }

  /** As lists show it: {@code tg-…Ab3x}. */
  public String redacted() {
    return redacted(prefix(), lastFour());
  }

  /** As lists show a secret of which only prefix and last four characters were kept. */
  public static String redacted(String prefix, String lastFour) {
    return prefix + "..." + lastFour;
  }

  @Override
  public String toString() {
    return redacted();
  }
}
