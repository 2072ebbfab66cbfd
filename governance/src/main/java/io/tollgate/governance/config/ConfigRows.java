package io.tollgate.governance.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.tenancy.MergePatch;
import io.tollgate.http.StrictJson;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Configuration;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The versions of the sections that are handed on. Append-only; the last one holds. */
final class ConfigRows {
  private ConfigRows() {}

  /**
   * The sections of a scope.
   *
   * @param version 0 where there never were any
   */
  record Row(ObjectNode sections, int version) {}

  static Row find(Handle handle, OrganizationId organization, Optional<WorkspaceId> workspace) {
    return handle
        .createQuery(
            "SELECT sections, version FROM config_versions WHERE organization_id = :organization"
                + " AND scope_id = :scope ORDER BY version DESC LIMIT 1")
        .bind("organization", organization.value())
        .bind("scope", scopeId(organization, workspace))
        .map(
            (row, context) ->
                new Row(
                    StrictJson.read(
                        row.getString("sections").getBytes(StandardCharsets.UTF_8),
                        ObjectNode.class),
                    row.getInt("version")))
        .findOne()
        .orElseGet(() -> new Row(MergePatch.empty(), 0));
  }

  /** Adds a version and publishes it. */
  static void add(
      Change change,
      OrganizationId organization,
      Optional<WorkspaceId> workspace,
      Row row,
      String by) {
    String json = new String(StrictJson.write(row.sections()), StandardCharsets.UTF_8);
    change
        .handle()
        .createUpdate(
            "INSERT INTO config_versions (organization_id, scope_id, workspace_id, version,"
                + " sections, made_at, made_by) VALUES (:organization, :scope, :workspace,"
                + " :version, CAST(:sections AS jsonb), :now, :by)")
        .bind("organization", organization.value())
        .bind("scope", scopeId(organization, workspace))
        .bind("workspace", workspace.map(WorkspaceId::value).orElse(null))
        .bind("version", row.version())
        .bind("sections", json)
        .bind("now", change.now())
        .bind("by", by)
        .execute();
    change.publish(
        Topics.CONFIG,
        key(organization, workspace),
        Configuration.newBuilder()
            .setOrganizationId(organization.value())
            .setWorkspaceId(workspace.map(WorkspaceId::value).orElse(null))
            .setDocument(json)
            .setVersion(row.version())
            .setUpdatedAt(change.now())
            .build());
  }

  /** As governance.config is keyed. */
  static String key(OrganizationId organization, Optional<WorkspaceId> workspace) {
    return workspace
        .map(id -> organization.value() + "/" + id.value())
        .orElse(organization.value());
  }

  private static String scopeId(OrganizationId organization, Optional<WorkspaceId> workspace) {
    return workspace.map(WorkspaceId::value).orElse(organization.value());
  }
}
