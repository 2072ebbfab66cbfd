package io.tollgate.governance.tenancy;

import io.tollgate.governance.store.Listing;
import io.tollgate.http.Refusal;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.avro.Organization;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The table of organizations. A deleted one keeps its row: the ledger names it. */
final class OrganizationRows {
  static final String TABLE = "organizations";

  /** Held by a change of the organization itself until its end. */
  static final String FOR_CHANGE = "FOR NO KEY UPDATE";

  private OrganizationRows() {}

  record Row(Organization organization, OrganizationSettings settings, List<String> contacts) {
    OrganizationId id() {
      return new OrganizationId(organization.getOrganizationId());
    }

    boolean isArchived() {
      return organization.getValidUntil() != null;
    }
  }

  /** Whether the id was free. */
  static boolean insert(Handle handle, Organization organization) {
    return handle
            .createUpdate(
                "INSERT INTO organizations (id, name, time_zone, currency, created_at, version)"
                    + " VALUES (:id, :name, :zone, :currency, :now, :version)"
                    + " ON CONFLICT DO NOTHING")
            .bind("id", organization.getOrganizationId())
            .bind("name", organization.getName())
            .bind("zone", organization.getTimeZone())
            .bind("currency", organization.getCurrency())
            .bind("now", organization.getValidFrom())
            .bind("version", organization.getVersion())
            .execute()
        > 0;
  }

  static void update(Handle handle, OrganizationId id, OrganizationSettings settings) {
    handle
        .createUpdate(
            "UPDATE organizations SET name = :name, time_zone = :zone, billing_email = :email,"
                + " members_create_workspaces = :create,"
                + " workspace_admins_invite_outsiders = :invite, version = version + 1"
                + " WHERE id = :id")
        .bind("id", id.value())
        .bind("name", settings.name())
        .bind("zone", settings.timeZone())
        .bind("email", settings.billingEmail())
        .bind("create", settings.mayMembersCreateWorkspaces())
        .bind("invite", settings.mayWorkspaceAdminsInviteOutsiders())
        .execute();
  }

  static void update(Handle handle, OrganizationId id, FinanceContacts contacts) {
    handle
        .createUpdate(
            "UPDATE organizations SET finance_contacts = :contacts, version = version + 1"
                + " WHERE id = :id")
        .bind("id", id.value())
        .bindArray("contacts", String.class, contacts.contacts())
        .execute();
  }

  /**
   * Finds an organization, deleted or not.
   *
   * @param lock empty, or the lock that the row is read under
   */
  static Optional<Row> find(Handle handle, OrganizationId id, String lock) {
    return handle
        .createQuery("SELECT * FROM organizations WHERE id = :id " + lock)
        .bind("id", id.value())
        .map((row, context) -> row(row))
        .findOne();
  }

  /**
   * The organization.
   *
   * @throws Refusal 404 if there is none, or no more
   */
  static Row require(Handle handle, OrganizationId id, String lock) {
    return find(handle, id, lock)
        .filter(row -> !row.organization().getDeleted())
        .orElseThrow(() -> Refusal.notFound("organization_id", id.value()));
  }

  static Row row(ResultSet row) throws SQLException {
    Instant end = TenantRows.end(row);
    Organization organization =
        Organization.newBuilder()
            .setOrganizationId(row.getString("id"))
            .setName(row.getString("name"))
            .setTimeZone(row.getString("time_zone"))
            .setCurrency(row.getString("currency"))
            .setValidFrom(Listing.instant(row, "created_at"))
            .setValidUntil(end)
            .setVersion(row.getInt("version"))
            .setPauses(TenantRows.pauses(row))
            .setDeleted(TenantRows.isDeleted(row))
            .build();
    OrganizationSettings settings =
        new OrganizationSettings(
            row.getString("name"),
            row.getString("time_zone"),
            row.getString("billing_email"),
            row.getBoolean("members_create_workspaces"),
            row.getBoolean("workspace_admins_invite_outsiders"));
    return new Row(
        organization, settings, List.of((String[]) row.getArray("finance_contacts").getArray()));
  }
}
