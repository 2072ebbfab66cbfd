package io.tollgate.schemas;

import static io.tollgate.schemas.Extent.ALL;
import static io.tollgate.schemas.Extent.BY_SETTING;
import static io.tollgate.schemas.Extent.NAMES;
import static io.tollgate.schemas.Extent.NONE;
import static io.tollgate.schemas.Extent.TIGHTEN;

import java.util.List;

/**
 * What each role may. An organization role holds in every workspace, a workspace role in its own;
 * somebody with both may what either allows.
 */
public final class PermissionTable {
  /** In the order of {@link OrganizationRole}, then of {@link WorkspaceRole}. */
  private record Row(List<Extent> organization, List<Extent> workspace) {
    static Row of(
        Extent owner,
        Extent admin,
        Extent billing,
        Extent member,
        Extent viewer,
        Extent workspaceAdmin,
        Extent workspaceEditor,
        Extent workspaceViewer) {
      return new Row(
          List.of(owner, admin, billing, member, viewer),
          List.of(workspaceAdmin, workspaceEditor, workspaceViewer));
    }
  }

  private PermissionTable() {}

  /** What an organization role may in all of its organization. */
  public static Extent of(OrganizationRole role, Permission permission) {
    return row(permission).organization().get(role.ordinal());
  }

  /** What a workspace role may in that workspace. */
  public static Extent of(WorkspaceRole role, Permission permission) {
    return row(permission).workspace().get(role.ordinal());
  }

  private static Row row(Permission permission) {
    return switch (permission) {
      case ORG_READ -> Row.of(ALL, ALL, ALL, ALL, ALL, NONE, NONE, NONE);
      case ORG_SETTINGS -> Row.of(ALL, NONE, NONE, NONE, NONE, NONE, NONE, NONE);
      case MEMBERS_READ -> Row.of(ALL, ALL, NONE, NONE, NONE, ALL, ALL, ALL);
      case MEMBERS_MANAGE -> Row.of(ALL, ALL, NONE, NONE, NONE, ALL, NONE, NONE);
      case WORKSPACES_READ -> Row.of(ALL, ALL, NAMES, NONE, NAMES, ALL, ALL, ALL);
      case WORKSPACES_CREATE -> Row.of(ALL, ALL, NONE, BY_SETTING, NONE, NONE, NONE, NONE);
      case WORKSPACES_UPDATE -> Row.of(ALL, ALL, NONE, NONE, NONE, ALL, NONE, NONE);
      case CONFIG_WRITE -> Row.of(ALL, ALL, NONE, NONE, NONE, TIGHTEN, NONE, NONE);
      case KEYS_READ -> Row.of(ALL, ALL, NONE, NONE, NONE, ALL, ALL, ALL);
      case KEYS_WRITE -> Row.of(ALL, ALL, NONE, NONE, NONE, ALL, ALL, NONE);
      case BUDGETS_WRITE -> Row.of(ALL, ALL, NONE, NONE, NONE, TIGHTEN, NONE, NONE);
      case BUDGETS_WRITE_KEY -> Row.of(ALL, ALL, NONE, NONE, NONE, TIGHTEN, TIGHTEN, NONE);
      case BUDGETS_READ, USAGE_READ -> Row.of(ALL, ALL, ALL, NONE, ALL, ALL, ALL, ALL);
      case ALERT_CHANNELS_WRITE, AUDIT_READ, REJECTED_READ ->
          Row.of(ALL, ALL, NONE, NONE, NONE, ALL, NONE, NONE);
      case REJECTED_REPLAY -> Row.of(ALL, ALL, NONE, NONE, NONE, NONE, NONE, NONE);
      case PRICES_READ -> Row.of(ALL, ALL, ALL, NONE, NONE, NONE, NONE, NONE);
      case INVOICES_READ, FINANCE_CONTACTS_WRITE ->
          Row.of(ALL, NONE, ALL, NONE, NONE, NONE, NONE, NONE);
    };
  }
}
