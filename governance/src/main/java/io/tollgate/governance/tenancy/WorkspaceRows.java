package io.tollgate.governance.tenancy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.Listing;
import io.tollgate.http.Refusal;
import io.tollgate.http.StrictJson;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Workspace;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

/** The table of workspaces. A deleted one keeps its row: the ledger names it. */
final class WorkspaceRows {
  static final String TABLE = "workspaces";
  static final String NOT_DELETED = " AND deleted_at IS NULL";
  static final String ACTIVE = NOT_DELETED + " AND archived_at IS NULL";

  /** Held by a change of the workspace itself until its end. */
  static final String FOR_CHANGE = "FOR NO KEY UPDATE";

  private WorkspaceRows() {}

  record Row(Workspace workspace, WorkspaceTerms terms, boolean isDefault) {
    WorkspaceId id() {
      return new WorkspaceId(workspace.getWorkspaceId());
    }

    boolean isArchived() {
      return workspace.getValidUntil() != null;
    }
  }

  /** Whether the id was free. */
  static boolean insert(
      Handle handle,
      OrganizationId organization,
      WorkspaceId id,
      WorkspaceTerms terms,
      boolean isDefault,
      Instant now) {
    return bind(
                handle.createUpdate(
                    "INSERT INTO workspaces (id, organization_id, name, owner, key_owner,"
                        + " environment, primary_workload, expected_monthly_spend,"
                        + " escalation_contact, labels, is_default, created_at, version) VALUES"
                        + " (:id, :organization, :name, :owner, :key_owner, :environment,"
                        + " :workload, :spend, :escalation, CAST(:labels AS jsonb), :default,"
                        + " :now, 1) ON CONFLICT (id) DO NOTHING"),
                terms)
            .bind("id", id.value())
            .bind("organization", organization.value())
            .bind("default", isDefault)
            .bind("now", now)
            .execute()
        > 0;
  }

  static void update(Handle handle, WorkspaceId id, WorkspaceTerms terms) {
    bind(
            handle.createUpdate(
                "UPDATE workspaces SET name = :name, owner = :owner, key_owner = :key_owner,"
                    + " environment = :environment, primary_workload = :workload,"
                    + " expected_monthly_spend = :spend, escalation_contact = :escalation,"
                    + " labels = CAST(:labels AS jsonb), version = version + 1 WHERE id = :id"),
            terms)
        .bind("id", id.value())
        .execute();
  }

  private static Update bind(Update update, WorkspaceTerms terms) {
    Money spend = terms.spend();
    return update
        .bind("name", terms.name())
        .bind("owner", terms.owner())
        .bind("key_owner", terms.keyOwner())
        .bind("environment", terms.environment())
        .bind("workload", terms.primaryWorkload())
        .bind("spend", spend == null ? null : spend.value())
        .bind("escalation", terms.escalationContact())
        .bind("labels", new String(StrictJson.write(terms.labelsOrNone()), StandardCharsets.UTF_8));
  }

  /** How many take part in the plan's bound. */
  static long active(Handle handle, OrganizationId organization) {
    return handle
        .createQuery(
            "SELECT count(*) FROM workspaces WHERE organization_id = :organization" + ACTIVE)
        .bind("organization", organization.value())
        .mapTo(Long.class)
        .one();
  }

  static Optional<Row> findDefault(Handle handle, OrganizationId organization) {
    return handle
        .createQuery(
            "SELECT * FROM workspaces WHERE organization_id = :organization AND is_default"
                + NOT_DELETED)
        .bind("organization", organization.value())
        .map((row, context) -> row(row))
        .findOne();
  }

  /**
   * The workspace.
   *
   * @param lock empty, or the lock that the row is read under
   * @throws Refusal 404 if there is none in this organization, or no more
   */
  static Row require(Handle handle, OrganizationId organization, WorkspaceId id, String lock) {
    return handle
        .createQuery(
            "SELECT * FROM workspaces WHERE id = :id AND organization_id = :organization"
                + NOT_DELETED
                + " "
                + lock)
        .bind("id", id.value())
        .bind("organization", organization.value())
        .map((row, context) -> row(row))
        .findOne()
        .orElseThrow(() -> Refusal.notFound("project_id", id.value()));
  }

  /** The row, also of a workspace that was deleted just now. */
  static Row reread(Handle handle, WorkspaceId id) {
    return handle
        .createQuery("SELECT * FROM workspaces WHERE id = :id")
        .bind("id", id.value())
        .map((row, context) -> row(row))
        .one();
  }

  static Row row(ResultSet row) throws SQLException {
    Map<String, String> labels = labels(row.getString("labels"));
    Workspace workspace =
        Workspace.newBuilder()
            .setWorkspaceId(row.getString("id"))
            .setOrganizationId(row.getString("organization_id"))
            .setName(row.getString("name"))
            .setValidFrom(Listing.instant(row, "created_at"))
            .setValidUntil(TenantRows.end(row))
            .setVersion(row.getInt("version"))
            .setPauses(TenantRows.pauses(row))
            .setDeleted(TenantRows.isDeleted(row))
            .setLabels(labels)
            .build();
    @Nullable BigDecimal spend = row.getBigDecimal("expected_monthly_spend");
    WorkspaceTerms terms =
        new WorkspaceTerms(
            row.getString("name"),
            row.getString("owner"),
            row.getString("key_owner"),
            row.getString("environment"),
            row.getString("primary_workload"),
            spend == null ? null : Inputs.plain(spend),
            row.getString("escalation_contact"),
            labels);
    return new Row(workspace, terms, row.getBoolean("is_default"));
  }

  private static Map<String, String> labels(String json) {
    try {
      return StrictJson.mapper().readValue(json, new TypeReference<Map<String, String>>() {});
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("labels are written as JSON", e);
    }
  }
}
