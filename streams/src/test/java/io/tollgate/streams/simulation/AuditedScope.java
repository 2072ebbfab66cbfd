package io.tollgate.streams.simulation;

import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.SubjectKind;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The auditor's own name for a node of the tenancy tree, or a user, model or feature inside one.
 */
record AuditedScope(
    String organization,
    ScopeKind kind,
    String id,
    @Nullable SubjectKind subjectKind,
    @Nullable String subject) {
  static AuditedScope organization(String id) {
    return new AuditedScope(id, ScopeKind.ORGANIZATION, id, null, null);
  }

  /** The organization, workspace and key that usage counts for. */
  static List<AuditedScope> nodes(String organization, String workspace, String apiKey) {
    return List.of(
        organization(organization),
        new AuditedScope(organization, ScopeKind.WORKSPACE, workspace, null, null),
        new AuditedScope(organization, ScopeKind.API_KEY, apiKey, null, null));
  }

  AuditedScope inside(SubjectKind insideKind, String value) {
    return new AuditedScope(organization, kind, id, insideKind, value);
  }

  static AuditedScope of(Budget budget) {
    return new AuditedScope(
        budget.getOrganizationId(),
        budget.getScope(),
        id(
            budget.getScope(),
            budget.getOrganizationId(),
            budget.getWorkspaceId(),
            budget.getApiKeyId()),
        budget.getSubjectKind(),
        budget.getSubject());
  }

  static AuditedScope of(Limit limit) {
    return new AuditedScope(
        limit.getOrganizationId(),
        limit.getScope(),
        id(
            limit.getScope(),
            limit.getOrganizationId(),
            limit.getWorkspaceId(),
            limit.getApiKeyId()),
        null,
        null);
  }

  private static String id(
      ScopeKind kind, String organization, @Nullable String workspace, @Nullable String apiKey) {
    return switch (kind) {
      case ORGANIZATION -> organization;
      case WORKSPACE -> Objects.requireNonNull(workspace);
      case API_KEY -> Objects.requireNonNull(apiKey);
    };
  }

  /** The key of its record in limits.state. */
  String key() {
    String node = organization + "/" + kind.name().toLowerCase(Locale.ROOT) + "/" + id;
    return subjectKind == null
        ? node
        : node + "/" + subjectKind.name().toLowerCase(Locale.ROOT) + "/" + subject;
  }
}
