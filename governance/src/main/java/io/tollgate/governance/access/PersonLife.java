package io.tollgate.governance.access;

import io.tollgate.governance.store.Change;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import java.util.Optional;

/**
 * What the end of a membership means for what belongs to a person: the person's API keys. It
 * happens in the transaction of the change; whoever implements it changes rows first and publishes
 * then.
 */
@FunctionalInterface
public interface PersonLife {
  /**
   * A person is no longer in an organization, or in one workspace of it.
   *
   * @param workspace the one that was left; empty if the person left the organization
   */
  void left(
      Change change, OrganizationId organization, Optional<WorkspaceId> workspace, String person);
}
