package io.tollgate.governance.keys;

import io.tollgate.http.Secret;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One of a key's secrets, as far as it is kept.
 *
 * @param hash see {@link Secret#hash()}
 * @param validUntil when it gives way to the next one; null: it lives as long as its key
 */
record KeySecret(
    String hash, String prefix, String lastFour, Instant createdAt, @Nullable Instant validUntil) {
  static KeySecret of(Secret secret, Instant now) {
    return new KeySecret(secret.hash(), secret.prefix(), secret.lastFour(), now, null);
  }

  KeySecret until(Instant end) {
    return new KeySecret(
        hash,
        prefix,
        lastFour,
        createdAt,
        validUntil == null || end.isBefore(validUntil) ? end : validUntil);
  }

  String redacted() {
    return Secret.redacted(prefix, lastFour);
  }
}
