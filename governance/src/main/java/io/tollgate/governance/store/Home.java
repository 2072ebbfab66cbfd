package io.tollgate.governance.store;

import io.tollgate.http.Call;
import io.tollgate.schemas.WorkspaceId;
import java.util.Optional;

/**
 * What the same thing can belong to: an organization, or one of its workspaces. Each has a route of
 * its own, and both do the same.
 */
public enum Home {
  ORGANIZATION("/v1/organization"),
  WORKSPACE("/v1/organization/projects/{id}");

  private final String path;

  Home(String path) {
    this.path = path;
  }

  /** The path of what it has, such as {@code /budgets}. */
  public String path(String of) {
    return path + of;
  }

  /** The workspace that a request names; empty if it is about the organization itself. */
  public Optional<WorkspaceId> of(Call call) {
    return switch (this) {
      case ORGANIZATION -> Optional.empty();
      case WORKSPACE -> Optional.of(call.path("id", text -> Fields.id(text, WorkspaceId::new)));
    };
  }
}
