package io.tollgate.governance.keys;

import io.tollgate.governance.access.People;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/** Whose a key is, as the imitated API says it; nothing for a key of the workspace itself. */
final class KeyOwner {
  private KeyOwner() {}

  static Map<String, Object> of(Handle handle, KeyRow key) {
    if (key.userId() != null) {
      return People.owner(handle, key.organization(), key.userId())
          .map(user -> Map.<String, Object>of("type", "user", "user", user))
          .orElse(Map.of());
    }
    if (key.serviceAccountId() == null) {
      return Map.of();
    }
    return handle
        .createQuery("SELECT * FROM service_accounts WHERE id = :id")
        .bind("id", key.serviceAccountId())
        .map((row, context) -> ServiceAccountRows.row(row))
        .findOne()
        .map(
            account -> {
              Map<String, Object> shown = new LinkedHashMap<>();
              shown.put("id", account.id());
              shown.put("name", account.name());
              shown.put("created_at", account.createdAt().getEpochSecond());
              shown.put("role", ServiceAccounts.dialectRole(account.role()));
              return Map.<String, Object>of("type", "service_account", "service_account", shown);
            })
        .orElse(Map.of());
  }
}
