package io.tollgate.governance.access;

import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.tenancy.Organizations;
import io.tollgate.http.Refusal;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.WorkspaceRole;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The tables of people and of what they are where. */
final class PeopleRows {
  /** As a table of a {@link Listing}. */
  static final String MEMBERS =
      "(SELECT p.id, p.email, p.name, m.role, m.created_at, m.organization_id"
          + " FROM memberships m JOIN people p ON p.id = m.person_id) AS members";

  private PeopleRows() {}

  /** A person, known by a key and not by the address. */
  record Person(String id, String email, String name, Instant createdAt) {}

  static void insert(Handle handle, Person person) {
    handle
        .createUpdate(
            "INSERT INTO people (id, email, name, created_at) VALUES (:id, :email, :name, :now)")
        .bind("id", person.id())
        .bind("email", person.email())
        .bind("name", person.name())
        .bind("now", person.createdAt())
        .execute();
  }

  static Optional<Person> find(Handle handle, String id) {
    return handle
        .createQuery("SELECT * FROM people WHERE id = :id")
        .bind("id", id)
        .map(
            (row, context) ->
                new Person(
                    row.getString("id"),
                    row.getString("email"),
                    row.getString("name"),
                    Listing.instant(row, "created_at")))
        .findOne();
  }

  /**
   * Changes to who is what in an organization are made one after the other, so that no two of them
   * each remove the other's last owner. Call it before anything is published.
   */
  static void lock(Handle handle, OrganizationId organization) {
    Organizations.lock(handle, organization);
  }

  static Optional<Member> member(Handle handle, OrganizationId organization, String person) {
    return handle
        .createQuery(
            "SELECT * FROM " + MEMBERS + " WHERE organization_id = :organization AND id = :id")
        .bind("organization", organization.value())
        .bind("id", person)
        .map((row, context) -> member(row))
        .findOne();
  }

  /**
   * @throws Refusal 404 if the person is not in the organization
   */
  static Member require(Handle handle, OrganizationId organization, String person) {
    return member(handle, organization, person)
        .orElseThrow(() -> Refusal.notFound("user_id", person));
  }

  static Member member(ResultSet row) throws SQLException {
    return new Member(
        row.getString("id"),
        row.getString("email"),
        row.getString("name"),
        OrganizationRole.valueOf(row.getString("role")),
        Listing.instant(row, "created_at"));
  }

  /** Those of an organization who have an address, in lower case. */
  static List<Member> byEmail(Handle handle, OrganizationId organization, String email) {
    return handle
        .createQuery(
            "SELECT * FROM "
                + MEMBERS
                + " WHERE organization_id = :organization AND lower(email) = lower(:email)"
                + " ORDER BY created_at, id LIMIT 2")
        .bind("organization", organization.value())
        .bind("email", email)
        .map((row, context) -> member(row))
        .list();
  }

  /** Makes somebody a member; who is one already keeps the role. */
  static void join(
      Change change, OrganizationId organization, String person, OrganizationRole role) {
    change
        .handle()
        .createUpdate(
            "INSERT INTO memberships (organization_id, person_id, role, created_at)"
                + " VALUES (:organization, :person, :role, :now) ON CONFLICT DO NOTHING")
        .bind("organization", organization.value())
        .bind("person", person)
        .bind("role", role.name())
        .bind("now", change.now())
        .execute();
  }

  static void setRole(
      Handle handle, OrganizationId organization, String person, OrganizationRole role) {
    handle
        .createUpdate(
            "UPDATE memberships SET role = :role"
                + " WHERE organization_id = :organization AND person_id = :person")
        .bind("role", role.name())
        .bind("organization", organization.value())
        .bind("person", person)
        .execute();
  }

  /** Ends a membership and the workspace roles below it. */
  static void leave(Handle handle, OrganizationId organization, String person) {
    handle
        .createUpdate(
            "DELETE FROM memberships"
                + " WHERE organization_id = :organization AND person_id = :person")
        .bind("organization", organization.value())
        .bind("person", person)
        .execute();
  }

  static long count(Handle handle, OrganizationId organization) {
    return handle
        .createQuery("SELECT count(*) FROM memberships WHERE organization_id = :organization")
        .bind("organization", organization.value())
        .mapTo(Long.class)
        .one();
  }

  static boolean hasOwner(Handle handle, OrganizationId organization) {
    return handle
        .createQuery(
            "SELECT EXISTS (SELECT FROM memberships"
                + " WHERE organization_id = :organization AND role = 'OWNER')")
        .bind("organization", organization.value())
        .mapTo(Boolean.class)
        .one();
  }

  /**
   * For a change after which this owner is none; the organization is locked.
   *
   * @throws Refusal 409 if it is the last one
   */
  static void requireOtherOwner(Handle handle, OrganizationId organization, String person) {
    boolean other =
        handle
            .createQuery(
                "SELECT EXISTS (SELECT FROM memberships WHERE organization_id = :organization"
                    + " AND role = 'OWNER' AND person_id <> :person)")
            .bind("organization", organization.value())
            .bind("person", person)
            .mapTo(Boolean.class)
            .one();
    if (!other) {
      throw Refusal.conflict(
          "user_id",
          person,
          "the last owner stays: make somebody else an owner of the organization first");
    }
  }

  static Optional<WorkspaceRole> role(Handle handle, WorkspaceId workspace, String person) {
    return handle
        .createQuery(
            "SELECT role FROM workspace_memberships"
                + " WHERE workspace_id = :workspace AND person_id = :person")
        .bind("workspace", workspace.value())
        .bind("person", person)
        .map((row, context) -> WorkspaceRole.valueOf(row.getString("role")))
        .findOne();
  }

  /** Gives a member a role in a workspace, in place of the one there was. */
  static void setRole(
      Change change,
      OrganizationId organization,
      WorkspaceId workspace,
      String person,
      WorkspaceRole role) {
    change
        .handle()
        .createUpdate(
            "INSERT INTO workspace_memberships"
                + " (organization_id, workspace_id, person_id, role, created_at)"
                + " VALUES (:organization, :workspace, :person, :role, :now)"
                + " ON CONFLICT (workspace_id, person_id) DO UPDATE SET role = :role")
        .bind("organization", organization.value())
        .bind("workspace", workspace.value())
        .bind("person", person)
        .bind("role", role.name())
        .bind("now", change.now())
        .execute();
  }

  static void leave(Handle handle, WorkspaceId workspace, String person) {
    handle
        .createUpdate(
            "DELETE FROM workspace_memberships"
                + " WHERE workspace_id = :workspace AND person_id = :person")
        .bind("workspace", workspace.value())
        .bind("person", person)
        .execute();
  }

  /** Who is in an organization, or has a role in a workspace. */
  static List<String> peopleOf(Handle handle, OrganizationId organization) {
    return handle
        .createQuery(
            "SELECT person_id FROM memberships WHERE organization_id = :organization"
                + " ORDER BY person_id")
        .bind("organization", organization.value())
        .mapTo(String.class)
        .list();
  }

  static List<String> peopleOf(Handle handle, WorkspaceId workspace) {
    return handle
        .createQuery(
            "SELECT person_id FROM workspace_memberships WHERE workspace_id = :workspace"
                + " ORDER BY person_id")
        .bind("workspace", workspace.value())
        .mapTo(String.class)
        .list();
  }

  /** The parameters of {@link #MEMBERS} for one organization. */
  static Map<String, String> in(OrganizationId organization) {
    return Map.of("organization", organization.value());
  }
}
