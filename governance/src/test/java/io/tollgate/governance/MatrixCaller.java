package io.tollgate.governance;

import io.tollgate.governance.PermissionRows.Endpoint;
import io.tollgate.governance.PermissionRows.Row;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.WorkspaceRole;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** A caller with the roles that it was given in the workspace {@code mine} and above. */
record MatrixCaller(
    String name,
    Api api,
    Optional<OrganizationRole> role,
    Optional<WorkspaceRole> workspaceRole,
    boolean isPerson) {

  private static final PermissionRows EXPECTED = PermissionRows.read();

  private boolean may(Row row, String workspace, boolean anywhere) {
    String above = role.map(row::mark).orElse("");
    boolean here = anywhere || workspace.equals(MatrixThings.MINE);
    return Set.of("Y", "names").contains(above)
        || (here && !workspaceRole.map(row::mark).orElse("").isEmpty());
  }

  boolean sees(String workspace) {
    return may(EXPECTED.row("workspaces.read"), workspace, false);
  }

  /** Whether the table lets the caller in, to change things in one direction at least. */
  boolean may(Endpoint endpoint, String workspace) {
    if (endpoint.row() == null) {
      return endpoint.who().equals("anyone") || (endpoint.who().equals("person") && isPerson);
    }
    return endpoint.isInWorkspace()
        ? !workspace.equals(MatrixThings.FAR) && may(endpoint.row(), workspace, false)
        : may(endpoint.row(), MatrixThings.MINE, endpoint.somewhere()) && !isElsewhere(endpoint);
  }

  private boolean isElsewhere(Endpoint endpoint) {
    return !endpoint.somewhere()
        && !Set.of("Y", "names")
            .contains(role.map(Objects.requireNonNull(endpoint.row())::mark).orElse(""));
  }

  boolean mayTightenOnly(Endpoint endpoint, String workspace) {
    Row row = endpoint.row();
    return row != null
        && workspace.equals(MatrixThings.MINE)
        && role.map(row::mark).orElse("").isEmpty()
        && workspaceRole.map(row::isTightenOnly).orElse(false);
  }
}
