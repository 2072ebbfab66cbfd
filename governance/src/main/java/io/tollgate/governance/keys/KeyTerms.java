package io.tollgate.governance.keys;

import io.tollgate.governance.spending.KeyLimits;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Inputs;
import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.WorkspaceId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a new API key is made of.
 *
 * @param projectId the workspace it is of, on the routes whose path does not say; the default one
 *     if left out
 * @param scopes what it may do; what a gateway needs if left out
 * @param serviceAccountId or {@code userId}: whose it is; the workspace's if both are left out
 * @param expiresAt RFC 3339, or {@code expiresInSeconds} from now; never if both are left out
 * @param rotationDueAt when its owner means to rotate it; nothing happens then but that it shows
 * @param allowedIpRanges CIDR; every address if left out
 * @param rateLimitRpm requests per minute, {@code rateLimitTpm} tokens per minute
 * @param allowedModels names, or patterns with {@code *}
 * @param budget a budget on the key itself
 */
record KeyTerms(
    @Nullable String id,
    String name,
    @Nullable String projectId,
    @Nullable List<String> scopes,
    @Nullable String serviceAccountId,
    @Nullable String userId,
    @Nullable String expiresAt,
    @Nullable Long expiresInSeconds,
    @Nullable String rotationDueAt,
    @Nullable List<String> allowedIpRanges,
    @Nullable Long rateLimitRpm,
    @Nullable Long rateLimitTpm,
    @Nullable List<String> allowedModels,
    KeyLimits.@Nullable WantedBudget budget) {
  KeyTerms {
    if (id != null) {
      Fields.id(id, ApiKeyId::new);
    }
    Inputs.text("name", name);
    if (projectId != null) {
      Fields.named("project_id", projectId, WorkspaceId::new);
    }
    scopes = KeyFields.scopes(scopes == null ? KeyFields.USUAL_SCOPES : scopes);
    InvalidInput.unless(
        serviceAccountId == null || userId == null,
        "user_id",
        userId == null ? "" : userId,
        "must be left out for a key of a service account");
    KeyFields.checkTimes(expiresAt, expiresInSeconds, rotationDueAt);
    allowedIpRanges = KeyFields.ipRanges(allowedIpRanges == null ? List.of() : allowedIpRanges);
  }

  static KeyTerms ofServiceAccount(
      String name,
      String serviceAccountId,
      @Nullable List<String> scopes,
      @Nullable Long expiresInSeconds) {
    return new KeyTerms(
        null,
        name,
        null,
        scopes,
        serviceAccountId,
        null,
        null,
        expiresInSeconds,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  List<String> scopeNames() {
    return scopes == null ? KeyFields.USUAL_SCOPES : scopes;
  }

  List<String> ipRanges() {
    return allowedIpRanges == null ? List.of() : allowedIpRanges;
  }

  /**
   * When the key expires, if it does.
   *
   * @throws InvalidInput if that is not ahead
   */
  @Nullable Instant expiry(Instant now) {
    return KeyFields.expiry(expiresAt, expiresInSeconds, now);
  }

  @Nullable Instant rotationDue() {
    return rotationDueAt == null ? null : Inputs.instant("rotation_due_at", rotationDueAt);
  }
}
