package io.tollgate.governance.access;

import io.tollgate.schemas.OrganizationRole;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** A person as a member of one organization. */
record Member(String id, String email, String name, OrganizationRole role, Instant addedAt) {
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "organization.user");
    json.put("id", id);
    json.put("name", name);
    json.put("email", email);
    json.put("role", DialectRoles.of(role));
    json.put("added_at", addedAt.getEpochSecond());
    json.put("tollgate_role", role.wireName());
    return json;
  }

  /** For the audit. */
  Map<String, Object> audited() {
    return Map.of("email", email, "role", role.wireName());
  }
}
