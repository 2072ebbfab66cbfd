package io.tollgate.governance.store;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Optional;
import java.util.random.RandomGenerator;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * Seals an answer so that only the secret of whoever asked opens it: AES-256-GCM under a key that
 * HKDF-SHA256 (RFC 5869) makes of that secret and the idempotency key. Secrets have 256 random
 * bits, so a fast derivation is enough.
 */
final class SealedAnswer {
  private static final byte[] NOTHING = {};
  private static final byte[] INFO =
      "tollgate idempotent answer 1".getBytes(StandardCharsets.US_ASCII);

  private final AesGcm cipher;

  private SealedAnswer(AesGcm cipher) {
    this.cipher = cipher;
  }

  static SealedAnswer by(String secret, String idempotencyKey) {
    try {
      AlgorithmParameterSpec how =
          HKDFParameterSpec.ofExtract()
              .addIKM(secret.getBytes(StandardCharsets.UTF_8))
              .addSalt(idempotencyKey.getBytes(StandardCharsets.UTF_8))
              .thenExpand(INFO, AesGcm.KEY_BYTES);
      return new SealedAnswer(new AesGcm(KDF.getInstance("HKDF-SHA256").deriveKey("AES", how)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform must have HKDF-SHA256", e);
    }
  }

  byte[] seal(byte[] answer, RandomGenerator random) {
    return cipher.seal(answer, NOTHING, random);
  }

  /** The answer; empty if another secret sealed it, or it is not as it was. */
  Optional<byte[]> open(byte[] whole) {
    return cipher.open(whole, NOTHING);
  }
}
