package io.tollgate.governance.access;

import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Listing;
import io.tollgate.schemas.avro.Membership;
import io.tollgate.schemas.avro.Principal;
import io.tollgate.schemas.avro.PrincipalKind;
import io.tollgate.schemas.avro.WorkspaceMembership;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Publishes what a person is everywhere under each of the person's keys: whoever changes a
 * membership calls this in the same change, after all rows are changed.
 */
final class PersonPrincipals {
  private PersonPrincipals() {}

  private record Key(
      String hash, String person, Instant from, @Nullable Instant until, int version) {}

  static void republish(Change change, String person) {
    renewed(change, person).forEach(change::publish);
  }

  /**
   * The next version of a person's principals, still to be published: for a change that publishes
   * other things before, because rows are locked before anything is published.
   */
  static List<Principal> renewed(Change change, String person) {
    Handle handle = change.handle();
    List<Key> keys =
        handle
            .createQuery(
                "UPDATE personal_keys SET version = version + 1"
                    + " WHERE person_id = :person AND revoked_at IS NULL RETURNING *")
            .bind("person", person)
            .map((row, context) -> key(row))
            .list();
    if (keys.isEmpty()) {
      return List.of();
    }
    List<Membership> memberships = memberships(handle, person);
    return keys.stream().map(key -> principal(key, memberships)).toList();
  }

  private static Key key(ResultSet row) throws SQLException {
    return new Key(
        row.getString("hash"),
        row.getString("person_id"),
        Listing.instant(row, "created_at"),
        Listing.optionalInstant(row, "valid_until"),
        row.getInt("version"));
  }

  private static Principal principal(Key key, List<Membership> memberships) {
    return Principal.newBuilder()
        .setKeyHash(key.hash())
        .setKind(PrincipalKind.PERSON)
        .setPrincipalId(key.person())
        .setScopes(List.of())
        .setValidFrom(key.from())
        .setValidUntil(key.until())
        .setVersion(key.version())
        .setMemberships(memberships)
        .build();
  }

  /** Of every key there ever was; what a person is stands under the keys that have not ended. */
  static List<Principal> all(Handle handle) {
    Map<String, List<Membership>> byPerson = new HashMap<>();
    return handle
        .createQuery("SELECT * FROM personal_keys ORDER BY id")
        .map(
            (row, context) -> {
              Key key = key(row);
              Instant revoked = Listing.optionalInstant(row, "revoked_at");
              return revoked == null
                  ? principal(
                      key,
                      byPerson.computeIfAbsent(key.person(), person -> memberships(handle, person)))
                  : principal(
                      new Key(key.hash(), key.person(), key.from(), revoked, key.version()),
                      List.of());
            })
        .list();
  }

  /** The principal of a key that has ended. */
  static void end(Change change, ResultSet row) throws SQLException {
    Key key = key(row);
    change.publish(
        principal(
            new Key(key.hash(), key.person(), key.from(), change.now(), key.version()), List.of()));
  }

  private static List<Membership> memberships(Handle handle, String person) {
    Map<String, Membership> byOrganization = new LinkedHashMap<>();
    handle
        .createQuery(
            "SELECT m.organization_id, m.role, w.workspace_id, w.role AS workspace_role"
                + " FROM memberships m LEFT JOIN workspace_memberships w"
                + " ON w.organization_id = m.organization_id AND w.person_id = m.person_id"
                + " WHERE m.person_id = :person ORDER BY m.organization_id, w.workspace_id")
        .bind("person", person)
        .map(
            (row, context) -> {
              Membership membership =
                  byOrganization.computeIfAbsent(
                      row.getString("organization_id"), id -> new Membership());
              membership.setOrganizationId(row.getString("organization_id"));
              membership.setRole(row.getString("role"));
              if (membership.getWorkspaces() == null) {
                membership.setWorkspaces(new ArrayList<>());
                membership.setPermissions(List.of());
              }
              String workspace = row.getString("workspace_id");
              if (workspace != null) {
                membership
                    .getWorkspaces()
                    .add(new WorkspaceMembership(workspace, row.getString("workspace_role")));
              }
              return membership;
            })
        .list();
    return List.copyOf(byOrganization.values());
  }
}
