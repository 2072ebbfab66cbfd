package io.tollgate.governance.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.TopicSource;
import io.tollgate.governance.tenancy.MergePatch;
import io.tollgate.http.StrictJson;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Configuration;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

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
        published(
            organization.value(),
            workspace.map(WorkspaceId::value).orElse(null),
            json,
            row.version(),
            change.now()));
  }

  private static Configuration published(
      String organization, @Nullable String workspace, String json, int version, Instant at) {
    return Configuration.newBuilder()
        .setOrganizationId(organization)
        .setWorkspaceId(workspace)
        .setDocument(json)
        .setVersion(version)
        .setUpdatedAt(at)
        .build();
  }

  /** What the topic must hold: the newest version of each scope. */
  static TopicSource<Configuration> source() {
    return new TopicSource<>(
        Topics.CONFIG,
        handle ->
            handle
                .createQuery(
                    "SELECT DISTINCT ON (organization_id, scope_id) * FROM config_versions"
                        + " ORDER BY organization_id, scope_id, version DESC")
                .map(
                    (row, context) ->
                        published(
                            row.getString("organization_id"),
                            row.getString("workspace_id"),
                            row.getString("sections"),
                            row.getInt("version"),
                            Listing.instant(row, "made_at")))
                .list(),
        one ->
            key(
                new OrganizationId(one.getOrganizationId()),
                Optional.ofNullable(one.getWorkspaceId()).map(WorkspaceId::new)),
        one -> Configuration.newBuilder(one).setDocument(inOrder(one.getDocument())).build());
  }

  /** The database writes the same JSON in its own way. */
  private static String inOrder(String json) {
    Object value = StrictJson.read(json.getBytes(StandardCharsets.UTF_8), Object.class);
    return new String(StrictJson.write(sorted(value)), StandardCharsets.UTF_8);
  }

  private static Object sorted(Object value) {
    return switch (value) {
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> inOrder = new TreeMap<>();
        map.forEach(
            (name, one) -> inOrder.put(String.valueOf(name), one == null ? null : sorted(one)));
        yield inOrder;
      }
      case List<?> list -> {
        List<@Nullable Object> inOrder = new ArrayList<>();
        list.forEach(one -> inOrder.add(one == null ? null : sorted(one)));
        yield inOrder;
      }
      default -> value;
    };
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
