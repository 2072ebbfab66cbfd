package io.tollgate.governance.spending;

import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.ScopeKind;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An organization, one of its workspaces, or a key of one of these. */
record LimitScope(
    OrganizationId organization, @Nullable String workspace, @Nullable String apiKey) {
  LimitScope {
    if (apiKey != null && workspace == null) {
      throw new IllegalArgumentException("a key is in a workspace");
    }
  }

  static LimitScope of(Limit limit) {
    return new LimitScope(
        new OrganizationId(limit.getOrganizationId()), limit.getWorkspaceId(), limit.getApiKeyId());
  }

  ScopeKind kind() {
    return BudgetRows.scope(workspace, apiKey);
  }

  String kindName() {
    return kind().name().toLowerCase(Locale.ROOT);
  }

  /** The id of the organization, workspace or key. */
  String id() {
    return apiKey != null ? apiKey : workspace != null ? workspace : organization.value();
  }

  /** As governance.limits is keyed. */
  String key() {
    return organization.value() + "/" + kindName() + "/" + id();
  }

  /** Whether limits of the other scope apply here too. */
  boolean isBelow(LimitScope other) {
    return !equals(other)
        && organization.equals(other.organization)
        && other.apiKey == null
        && (other.workspace == null || other.workspace.equals(workspace));
  }

  /** For people, in the words of the public API. */
  @Override
  public String toString() {
    return switch (kind()) {
      case ORGANIZATION -> "organization " + id();
      case WORKSPACE -> "project " + id();
      case API_KEY -> "API key " + id();
    };
  }
}
