package io.tollgate.streams;

import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.ScopeKind;
import java.util.Objects;

/** A node of the tenancy tree: what a tally sums and a budget limits. */
record Scope(String organizationId, ScopeKind kind, String id) {
  static Scope organization(String organizationId) {
    return new Scope(organizationId, ScopeKind.ORGANIZATION, organizationId);
  }

  static Scope workspace(String organizationId, String workspaceId) {
    return new Scope(organizationId, ScopeKind.WORKSPACE, workspaceId);
  }

  static Scope apiKey(String organizationId, String apiKeyId) {
    return new Scope(organizationId, ScopeKind.API_KEY, apiKeyId);
  }

  static Scope of(Budget budget) {
    String organizationId = budget.getOrganizationId();
    return switch (budget.getScope()) {
      case ORGANIZATION -> organization(organizationId);
      case WORKSPACE -> workspace(organizationId, Objects.requireNonNull(budget.getWorkspaceId()));
      case API_KEY -> apiKey(organizationId, Objects.requireNonNull(budget.getApiKeyId()));
    };
  }
}
