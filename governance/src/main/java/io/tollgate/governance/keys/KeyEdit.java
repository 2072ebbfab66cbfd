package io.tollgate.governance.keys;

import io.tollgate.governance.store.Inputs;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is to change about an API key; what is left out stays. Whose it is and where it is never
 * change: that would be another key.
 *
 * @param disabled true to let it rest, false to let it work again
 */
record KeyEdit(
    @Nullable String name,
    @Nullable List<String> scopes,
    @Nullable String expiresAt,
    @Nullable Long expiresInSeconds,
    @Nullable String rotationDueAt,
    @Nullable Boolean disabled,
    @Nullable List<String> allowedIpRanges,
    @Nullable Long rateLimitRpm,
    @Nullable Long rateLimitTpm,
    @Nullable List<String> allowedModels) {
  KeyEdit {
    if (name != null) {
      Inputs.text("name", name);
    }
    scopes = scopes == null ? null : KeyFields.scopes(scopes);
    KeyFields.checkTimes(expiresAt, expiresInSeconds, rotationDueAt);
    allowedIpRanges = allowedIpRanges == null ? null : KeyFields.ipRanges(allowedIpRanges);
  }

  /** The key as it is then, at the next version; the same one where nothing changes. */
  KeyRow applyTo(KeyRow before, Instant now) {
    KeyRow edited =
        new KeyRow(
            before.id(),
            before.organization(),
            before.workspace(),
            Objects.requireNonNullElse(name, before.name()),
            Objects.requireNonNullElse(scopes, before.scopes()),
            before.serviceAccountId(),
            before.userId(),
            before.createdBy(),
            before.createdAt(),
            expiry(before, now),
            disabledAt(before, now),
            before.revokedAt(),
            rotationDueAt == null
                ? before.rotationDueAt()
                : Inputs.instant("rotation_due_at", rotationDueAt),
            before.lastUsedAt(),
            Objects.requireNonNullElse(allowedIpRanges, before.allowedIpRanges()),
            before.version());
    return edited.equals(before) ? before : edited.next();
  }

  private @Nullable Instant expiry(KeyRow before, Instant now) {
    Instant other = KeyFields.expiry(expiresAt, expiresInSeconds, now);
    return other == null ? before.expiresAt() : other;
  }

  private @Nullable Instant disabledAt(KeyRow before, Instant now) {
    if (disabled == null) {
      return before.disabledAt();
    }
    return disabled ? Objects.requireNonNullElse(before.disabledAt(), now) : null;
  }

  boolean setsLimits() {
    return rateLimitRpm != null || rateLimitTpm != null || allowedModels != null;
  }
}
