package io.tollgate.governance.store;

import java.util.Base64;

/**
 * A text that a table holds sealed: the name of the key that opens it, a colon, and the sealed
 * bytes in base64.
 */
public record SealedText(String value) {
  private static final char AFTER_KEY = ':';

  public SealedText {
    if (value.indexOf(AFTER_KEY) < 1) {
      // Never the value: it may be in clear by mistake.
      throw new IllegalArgumentException("a sealed text must name its key");
    }
  }

  static SealedText of(String key, byte[] sealed) {
    return new SealedText(key + AFTER_KEY + Base64.getEncoder().encodeToString(sealed));
  }

  String key() {
    return value.substring(0, value.indexOf(AFTER_KEY));
  }

  byte[] sealed() {
    return Base64.getDecoder().decode(value.substring(value.indexOf(AFTER_KEY) + 1));
  }
}
