package io.tollgate.governance.access;

import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Listing;
import io.tollgate.http.Secret;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.avro.Membership;
import io.tollgate.schemas.avro.Principal;
import io.tollgate.schemas.avro.PrincipalKind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The table of admin keys, and what is published of it. */
final class AdminKeyRows {
  static final String ALIVE = "organization_id = :organization AND revoked_at IS NULL";

  /**
   * An admin key.
   *
   * @param createdBy a person, another admin key or the operator
   * @param until when it ends or ended, if ever
   */
  record Row(
      String id,
      OrganizationId organization,
      String name,
      OrganizationRole role,
      String hash,
      String prefix,
      String lastFour,
      String createdBy,
      Instant createdAt,
      @Nullable Instant until,
      int version) {

    Map<String, Object> json() {
      Map<String, Object> owner = new LinkedHashMap<>();
      owner.put("type", "user");
      owner.put("object", "organization.user");
      owner.put("id", createdBy);
      owner.put("name", createdBy);
      owner.put("created_at", createdAt.getEpochSecond());
      owner.put("role", DialectRoles.of(role));
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("object", "organization.admin_api_key");
      json.put("id", id);
      json.put("name", name);
      json.put("redacted_value", Secret.redacted(prefix, lastFour));
      json.put("created_at", createdAt.getEpochSecond());
      json.put("expires_at", until == null ? null : until.getEpochSecond());
      json.put("last_used_at", null);
      json.put("owner", owner);
      json.put("tollgate_role", role.wireName());
      return json;
    }

    private Principal principal() {
      return Principal.newBuilder()
          .setKeyHash(hash)
          .setKind(PrincipalKind.ADMIN_KEY)
          .setPrincipalId(id)
          .setOrganizationId(organization.value())
          .setScopes(List.of())
          .setValidFrom(createdAt)
          .setValidUntil(until)
          .setVersion(version)
          .setMemberships(
              List.of(
                  Membership.newBuilder()
                      .setOrganizationId(organization.value())
                      .setRole(role.name())
                      .build()))
          .build();
    }
  }

  private AdminKeyRows() {}

  static void insert(Handle handle, Row row) {
    handle
        .createUpdate(
            "INSERT INTO admin_keys (id, organization_id, name, role, hash, prefix, last_four,"
                + " created_by, created_at, valid_until, version) VALUES (:id, :organization,"
                + " :name, :role, :hash, :prefix, :last, :by, :created, :until, :version)")
        .bind("id", row.id())
        .bind("organization", row.organization().value())
        .bind("name", row.name())
        .bind("role", row.role().name())
        .bind("hash", row.hash())
        .bind("prefix", row.prefix())
        .bind("last", row.lastFour())
        .bind("by", row.createdBy())
        .bind("created", row.createdAt())
        .bind("until", row.until())
        .bind("version", row.version())
        .execute();
  }

  static void publish(Change change, List<Row> rows) {
    rows.forEach(row -> change.publish(row.principal()));
  }

  static Optional<Row> find(Handle handle, OrganizationId organization, String id) {
    return handle
        .createQuery("SELECT * FROM admin_keys WHERE " + ALIVE + " AND id = :id")
        .bind("organization", organization.value())
        .bind("id", id)
        .map((row, context) -> row(row))
        .findOne();
  }

  /** Ends a key; the caller publishes it. */
  static Row end(Change change, Row row) {
    change
        .handle()
        .createUpdate(
            "UPDATE admin_keys SET revoked_at = :now, valid_until = :now, version = version + 1"
                + " WHERE id = :id")
        .bind("now", change.now())
        .bind("id", row.id())
        .execute();
    change.audit(
        AuditEvent.of("admin_api_key.deleted", "admin_api_key", row.id())
            .in(row.organization())
            .from(Map.of("name", row.name(), "role", row.role().wireName())));
    return new Row(
        row.id(),
        row.organization(),
        row.name(),
        row.role(),
        row.hash(),
        row.prefix(),
        row.lastFour(),
        row.createdBy(),
        row.createdAt(),
        change.now(),
        row.version() + 1);
  }

  /**
   * Ends the keys that somebody made, and those made with these, as far as they may more than the
   * maker does now. The organization is locked.
   *
   * @param role what the maker is now; empty if no longer a member
   */
  static List<Row> endMadeBy(
      Change change, OrganizationId organization, String maker, Optional<OrganizationRole> role) {
    List<Row> ended = new ArrayList<>();
    for (Row row : madeBy(change.handle(), organization, maker)) {
      if (role.isEmpty() || !GrantRule.covers(role.get(), row.role())) {
        ended.add(end(change, row));
      }
    }
    return ended;
  }

  /** Keys that have ended are followed too: one made with such a key goes back to its maker. */
  private static List<Row> madeBy(Handle handle, OrganizationId organization, String maker) {
    return handle
        .createQuery(
            "WITH RECURSIVE made AS (SELECT id FROM admin_keys"
                + " WHERE organization_id = :organization AND created_by = :maker"
                + " UNION SELECT k.id FROM admin_keys k JOIN made ON k.created_by = made.id"
                + " WHERE k.organization_id = :organization)"
                + " SELECT * FROM admin_keys WHERE id IN (SELECT id FROM made)"
                + " AND revoked_at IS NULL ORDER BY id")
        .bind("organization", organization.value())
        .bind("maker", maker)
        .map((row, context) -> row(row))
        .list();
  }

  static List<Principal> principals(Handle handle) {
    return handle
        .createQuery("SELECT * FROM admin_keys ORDER BY id")
        .map((row, context) -> row(row).principal())
        .list();
  }

  static List<Row> alive(Handle handle, OrganizationId organization) {
    return handle
        .createQuery("SELECT * FROM admin_keys WHERE " + ALIVE + " ORDER BY id")
        .bind("organization", organization.value())
        .map((row, context) -> row(row))
        .list();
  }

  static Row row(ResultSet row) throws SQLException {
    return new Row(
        row.getString("id"),
        new OrganizationId(row.getString("organization_id")),
        row.getString("name"),
        OrganizationRole.valueOf(row.getString("role")),
        row.getString("hash"),
        row.getString("prefix"),
        row.getString("last_four"),
        row.getString("created_by"),
        Listing.instant(row, "created_at"),
        Listing.optionalInstant(row, "valid_until"),
        row.getInt("version"));
  }
}
