package io.tollgate.governance.keys;

import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.ApiKey;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An API key as the table has it, without its secrets.
 *
 * @param disabledAt since when it rests; it can be enabled again
 * @param revokedAt since when it has ended for good
 * @param lastUsedAt by usage that was rated, known some seconds later
 */
record KeyRow(
    ApiKeyId id,
    OrganizationId organization,
    WorkspaceId workspace,
    String name,
    List<String> scopes,
    @Nullable String serviceAccountId,
    @Nullable String userId,
    String createdBy,
    Instant createdAt,
    @Nullable Instant expiresAt,
    @Nullable Instant disabledAt,
    @Nullable Instant revokedAt,
    @Nullable Instant rotationDueAt,
    @Nullable Instant lastUsedAt,
    List<String> allowedIpRanges,
    int version) {
  KeyRow {
    scopes = List.copyOf(scopes);
    allowedIpRanges = List.copyOf(allowedIpRanges);
  }

  /** When it ends or ended: the first of expiry, rest and end; null while nothing ends it. */
  @Nullable Instant validUntil() {
    return Stream.of(expiresAt, disabledAt, revokedAt)
        .filter(one -> one != null)
        .min(Instant::compareTo)
        .orElse(null);
  }

  /** In the words of the public API. */
  String status(Instant now) {
    if (revokedAt != null) {
      return "revoked";
    }
    if (expiresAt != null && !now.isBefore(expiresAt)) {
      return "expired";
    }
    return disabledAt != null ? "disabled" : "active";
  }

  boolean isRotationDue(Instant now) {
    return revokedAt == null && rotationDueAt != null && !now.isBefore(rotationDueAt);
  }

  /** The same at the next version. */
  KeyRow next() {
    return with(rotationDueAt, revokedAt);
  }

  /** With a new secret. */
  KeyRow rotated(@Nullable Instant due) {
    return with(due, revokedAt);
  }

  /** Ended for good. */
  KeyRow revoked(Instant now) {
    return with(rotationDueAt, now);
  }

  private KeyRow with(@Nullable Instant due, @Nullable Instant revoked) {
    return new KeyRow(
        id,
        organization,
        workspace,
        name,
        scopes,
        serviceAccountId,
        userId,
        createdBy,
        createdAt,
        expiresAt,
        disabledAt,
        revoked,
        due,
        lastUsedAt,
        allowedIpRanges,
        version + 1);
  }

  /** As usage sees it. */
  ApiKey published() {
    return ApiKey.newBuilder()
        .setApiKeyId(id.value())
        .setOrganizationId(organization.value())
        .setWorkspaceId(workspace.value())
        .setName(name)
        .setValidFrom(createdAt)
        .setValidUntil(validUntil())
        .setVersion(version)
        .build();
  }
}
