package io.tollgate.governance.notify;

import io.tollgate.schemas.InvalidInput;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secret that a receiver verifies webhooks with, in the form of Standard Webhooks 1.0: {@code
 * whsec_} and the key in base64. {@link #toString()} is redacted.
 */
record SigningSecret(String value) {
  private static final String PREFIX = "whsec_";
  private static final int KEY_BYTES = 32;
  private static final String ALGORITHM = "HmacSHA256";

  SigningSecret {
    // Never the value: the rule names the field only.
    InvalidInput.unless(
        value.startsWith(PREFIX) && value.length() > PREFIX.length(),
        "secret",
        "(not shown)",
        "must begin with " + PREFIX);
  }

  /** Makes a new one; {@code random} must be cryptographically strong outside tests. */
  static SigningSecret make(RandomGenerator random) {
    byte[] key = new byte[KEY_BYTES];
    random.nextBytes(key);
    return new SigningSecret(PREFIX + Base64.getEncoder().encodeToString(key));
  }

  /** The signature of scheme v1: HMAC-SHA256 over {@code id.timestamp.body}, in base64. */
  String sign(String webhookId, Instant at, byte[] body) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(
          new SecretKeySpec(
              Base64.getDecoder().decode(value.substring(PREFIX.length())), ALGORITHM));
      mac.update((webhookId + "." + at.getEpochSecond() + ".").getBytes(StandardCharsets.UTF_8));
      return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }

  @Override
  public String toString() {
    return PREFIX + "...";
  }
}
