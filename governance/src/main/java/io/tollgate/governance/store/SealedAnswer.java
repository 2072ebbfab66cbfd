package io.tollgate.governance.store;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import java.util.Optional;
import java.util.random.RandomGenerator;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * Seals an answer so that only the secret of whoever asked opens it: AES-256-GCM under a key that
 * HKDF-SHA256 (RFC 5869) makes of that secret and the idempotency key. Secrets have 256 random
 * bits, so a fast derivation is enough. The nonce is random and stands before the sealed bytes.
 */
final class SealedAnswer {
  private static final int KEY_BYTES = 32;
  private static final int TAG_BITS = 128;
  private static final int NONCE_BYTES = 12;
  private static final byte[] INFO =
      "tollgate idempotent answer 1".getBytes(StandardCharsets.US_ASCII);

  private final SecretKey key;

  private SealedAnswer(SecretKey key) {
    this.key = key;
  }

  static SealedAnswer by(String secret, String idempotencyKey) {
    try {
      AlgorithmParameterSpec how =
          HKDFParameterSpec.ofExtract()
              .addIKM(secret.getBytes(StandardCharsets.UTF_8))
              .addSalt(idempotencyKey.getBytes(StandardCharsets.UTF_8))
              .thenExpand(INFO, KEY_BYTES);
      return new SealedAnswer(KDF.getInstance("HKDF-SHA256").deriveKey("AES", how));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform must have HKDF-SHA256", e);
    }
  }

  byte[] seal(byte[] answer, RandomGenerator random) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce).doFinal(answer);
      byte[] whole = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
      System.arraycopy(sealed, 0, whole, NONCE_BYTES, sealed.length);
      return whole;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform must have AES/GCM", e);
    }
  }

  /** The answer; empty if another secret sealed it, or it is not as it was. */
  Optional<byte[]> open(byte[] whole) {
    if (whole.length < NONCE_BYTES) {
      return Optional.empty();
    }
    byte[] nonce = Arrays.copyOf(whole, NONCE_BYTES);
    byte[] sealed = Arrays.copyOfRange(whole, NONCE_BYTES, whole.length);
    try {
      return Optional.of(cipher(Cipher.DECRYPT_MODE, nonce).doFinal(sealed));
    } catch (AEADBadTagException e) {
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform must have AES/GCM", e);
    }
  }

  private Cipher cipher(int mode, byte[] nonce) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    return cipher;
  }
}
