package io.tollgate.governance.notify;

import io.tollgate.http.Refusal;
import io.tollgate.schemas.BudgetId;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** What channels must know of what they are about, and others keep. */
public interface Tenants {
  /**
   * Passes if the organization is there, and the workspace, if one is named, is one of it.
   *
   * @throws Refusal 404 if not
   */
  void require(Handle handle, OrganizationId organization, Optional<WorkspaceId> workspace);

  /** Whether the organization has the budget, in that workspace if one is named. */
  boolean hasBudget(
      Handle handle, OrganizationId organization, Optional<WorkspaceId> workspace, BudgetId id);
}
