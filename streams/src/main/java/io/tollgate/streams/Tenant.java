package io.tollgate.streams;

import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.Pause;
import io.tollgate.schemas.avro.Workspace;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An API key with its workspace and organization, as of one state of the tables.
 *
 * @param validFrom the latest start among the three, inclusive
 * @param validUntil the earliest end among the three, exclusive; null if none has an end
 * @param pauses when organization or workspace were archived and restored later, in any order
 * @param tables the state of the tables it was resolved from
 * @param usageKey the record key of its rated usage; prepared, because one is needed per event
 */
@SuppressWarnings("ArrayRecordComponent") // read only, and tenants are never compared
record Tenant(
    String organizationId,
    String workspaceId,
    String apiKeyId,
    String currency,
    Instant validFrom,
    @Nullable Instant validUntil,
    List<Pause> pauses,
    long tables,
    byte[] usageKey)
    implements Tenancy {
  Tenant {
    Objects.requireNonNull(organizationId, "organizationId");
    Objects.requireNonNull(workspaceId, "workspaceId");
    Objects.requireNonNull(apiKeyId, "apiKeyId");
    Objects.requireNonNull(currency, "currency");
    Objects.requireNonNull(validFrom, "validFrom");
    pauses = List.copyOf(pauses);
    Objects.requireNonNull(usageKey, "usageKey");
  }

  static Tenant of(Organization organization, Workspace workspace, ApiKey key, long tables) {
    return new Tenant(
        organization.getOrganizationId(),
        workspace.getWorkspaceId(),
        key.getApiKeyId(),
        organization.getCurrency(),
        later(organization.getValidFrom(), later(workspace.getValidFrom(), key.getValidFrom())),
        earlier(
            organization.getValidUntil(), earlier(workspace.getValidUntil(), key.getValidUntil())),
        Stream.concat(organization.getPauses().stream(), workspace.getPauses().stream()).toList(),
        tables,
        UsagePartitions.key(
                organization.getOrganizationId(), workspace.getWorkspaceId(), key.getApiKeyId())
            .getBytes(StandardCharsets.UTF_8));
  }

  /** The pause that an instant falls in; null if it falls in none. */
  @Nullable Pause pauseAt(Instant time) {
    for (Pause pause : pauses) {
      if (!time.isBefore(pause.getFrom()) && time.isBefore(pause.getUntil())) {
        return pause;
      }
    }
    return null;
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  private static @Nullable Instant earlier(@Nullable Instant one, @Nullable Instant other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return one.isBefore(other) ? one : other;
  }
}
