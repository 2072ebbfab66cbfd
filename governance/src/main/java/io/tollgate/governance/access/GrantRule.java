package io.tollgate.governance.access;

import io.tollgate.http.Access;
import io.tollgate.http.Refusal;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.PermissionTable;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.WorkspaceRole;

/** Nobody grants what they lack, and only owners make, change or remove owners. */
final class GrantRule {
  private GrantRule() {}

  /** Whether the caller has all that the role gives. */
  static boolean covers(Access access, OrganizationRole role) {
    for (Permission permission : Permission.values()) {
      if (PermissionTable.of(role, permission).isWiderThan(access.extent(permission))) {
        return false;
      }
    }
    return true;
  }

  /** Whether one role gives all that another does. */
  static boolean covers(OrganizationRole holder, OrganizationRole role) {
    for (Permission permission : Permission.values()) {
      if (PermissionTable.of(role, permission)
          .isWiderThan(PermissionTable.of(holder, permission))) {
        return false;
      }
    }
    return true;
  }

  /**
   * @throws Refusal 403 if the caller may not make somebody this
   */
  static void requireGrant(Access access, OrganizationRole role) {
    access.require(
        role == OrganizationRole.OWNER ? Permission.ORG_SETTINGS : Permission.MEMBERS_MANAGE);
    if (!covers(access, role)) {
      throw lacking(role.wireName());
    }
  }

  /**
   * @throws Refusal 404 or 403 if the caller may not make somebody this there
   */
  static void requireGrant(Access access, WorkspaceRole role, WorkspaceId workspace) {
    access.require(Permission.MEMBERS_MANAGE, workspace);
    for (Permission permission : Permission.values()) {
      if (PermissionTable.of(role, permission).isWiderThan(access.extent(permission, workspace))) {
        throw lacking(role.wireName());
      }
    }
  }

  /**
   * For a change to somebody who is this now.
   *
   * @throws Refusal 403 if only owners may
   */
  static void requireTouch(Access access, OrganizationRole present) {
    access.require(
        present == OrganizationRole.OWNER ? Permission.ORG_SETTINGS : Permission.MEMBERS_MANAGE);
  }

  private static Refusal lacking(String role) {
    return Refusal.forbidden(
        "nobody grants what they lack: you may not do all that " + role + " may");
  }
}
