package io.tollgate.governance.keys;

import io.tollgate.governance.spending.KeyLimits;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * A key as answers show it: the imitated API's fields first, then ours.
 *
 * @param owner the service account or person as the imitated API has them; empty for a workspace's
 */
record KeyView(
    KeyRow key, List<KeySecret> secrets, Map<String, Object> owner, Map<String, Object> limits) {
  static KeyView of(Handle handle, KeyRow key) {
    return new KeyView(
        key,
        KeyRows.secrets(handle, key.id()),
        KeyOwner.of(handle, key),
        KeyLimits.shown(handle, key.organization(), key.workspace(), key.id()));
  }

  Map<String, Object> json(Instant now) {
    KeySecret newest = secrets.getFirst();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "organization.project.api_key");
    json.put("id", key.id().value());
    json.put("redacted_value", newest.redacted());
    json.put("name", key.name());
    json.put("created_at", key.createdAt().getEpochSecond());
    json.put("last_used_at", seconds(key.lastUsedAt()));
    json.put("expires_at", seconds(key.expiresAt()));
    json.put("owner", owner);
    json.put("owner_project_access", "active");
    json.put("key_prefix", newest.prefix());
    json.put("organization_id", key.organization().value());
    json.put("project_id", key.workspace().value());
    json.put("status", key.status(now));
    json.put("scopes", key.scopes());
    json.put("allowed_ip_ranges", key.allowedIpRanges());
    json.putAll(limits);
    json.put("rotation_due_at", seconds(key.rotationDueAt()));
    json.put("rotation_due", key.isRotationDue(now));
    json.put("previous_secret_ends_at", seconds(overlapEnd(now)));
    json.put("created_by", key.createdBy());
    json.put("version", key.version());
    return json;
  }

  private @Nullable Instant overlapEnd(Instant now) {
    return secrets.stream()
        .skip(1)
        .map(KeySecret::validUntil)
        .filter(Objects::nonNull)
        .filter(end -> end.isAfter(now))
        .findFirst()
        .orElse(null);
  }

  private static @Nullable Long seconds(@Nullable Instant instant) {
    return instant == null ? null : instant.getEpochSecond();
  }
}
