package io.tollgate.http;

import io.tollgate.schemas.Extent;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.PermissionTable;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.WorkspaceRole;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a caller may in the organization that a request is about: organization role, workspace roles
 * and grants added up. A person in several organizations has one of these per request.
 */
public final class Access {
  /** What the operator may in every organization: what is its own to set. */
  private static final Set<Permission> OPERATORS_OWN =
      Set.of(Permission.ORG_READ, Permission.PRICES_READ, Permission.INVOICES_READ);

  private final Membership membership;
  private final Optional<WorkspaceId> keysOwn;
  private final Optional<Permission> opened;

  /**
   * @param keysOwn the workspace of the API key that calls
   * @param opened what the key's scope opens in that workspace
   */
  private Access(
      Membership membership, Optional<WorkspaceId> keysOwn, Optional<Permission> opened) {
    this.membership = membership;
    this.keysOwn = keysOwn;
    this.opened = opened;
  }

  /** The workspaces in which a caller may something: all of the organization, or these. */
  public record Reach(boolean all, Set<WorkspaceId> some) {
    public Reach {
      some = Set.copyOf(some);
    }

    public boolean covers(WorkspaceId workspace) {
      return all || some.contains(workspace);
    }

    public boolean isNone() {
      return !all && some.isEmpty();
    }
  }

  static Access of(Membership membership) {
    return new Access(membership, Optional.empty(), Optional.empty());
  }

  static Access of(Caller.Operator operator, OrganizationId organization) {
    if (operator.ownsOrganizations()) {
      return of(Membership.of(organization, OrganizationRole.OWNER));
    }
    Set<Permission> granted =
        operator.grants().stream()
            .filter(grant -> grant.organization().equals(organization))
            .flatMap(grant -> grant.granted().stream())
            .collect(Collectors.toSet());
    granted.addAll(OPERATORS_OWN);
    return of(new Membership(organization, Optional.empty(), Map.of(), granted));
  }

  /**
   * An API key's: what its service account may in its workspace, and what its scope opens there.
   */
  static Access of(Caller.ApiKey key, Optional<Permission> opened) {
    return new Access(
        new Membership(
            key.organization(),
            Optional.empty(),
            key.role().map(role -> Map.of(key.workspace(), role)).orElse(Map.of()),
            Set.of()),
        Optional.of(key.workspace()),
        opened);
  }

  /** The caller's role in the organization as a whole; none for an API key or a grant. */
  public Optional<OrganizationRole> role() {
    return membership.role();
  }

  /** The caller's role in a workspace itself, beside the one in the organization. */
  public Optional<WorkspaceRole> role(WorkspaceId workspace) {
    return Optional.ofNullable(membership.workspaces().get(workspace));
  }

  /**
   * Whether the caller is shown what a workspace used that has been deleted: its history is hidden
   * from members and stays in the ledger, which is for whoever may read prices.
   */
  public boolean seesLedger() {
    return may(Permission.PRICES_READ);
  }

  /** How far a permission goes in the organization as a whole. */
  public Extent extent(Permission permission) {
    if (membership.granted().contains(permission)) {
      return Extent.ALL;
    }
    return membership.role().map(role -> PermissionTable.of(role, permission)).orElse(Extent.NONE);
  }

  /** How far a permission goes in one workspace, all roles added up. */
  public Extent extent(Permission permission, WorkspaceId workspace) {
    if (isOpened(permission) && keysOwn.filter(workspace::equals).isPresent()) {
      return Extent.ALL;
    }
    Extent here =
        role(workspace).map(role -> PermissionTable.of(role, permission)).orElse(Extent.NONE);
    return extent(permission).or(here);
  }

  /**
   * Whether the caller may this in the whole organization. {@link Extent#BY_SETTING} is not enough;
   * names only and tightening only are, and who serves the route sees to the rest.
   */
  public boolean may(Permission permission) {
    return extent(permission).isWiderThan(Extent.BY_SETTING);
  }

  /** Whether the caller may this in a workspace; see {@link #may(Permission)}. */
  public boolean may(Permission permission, WorkspaceId workspace) {
    return extent(permission, workspace).isWiderThan(Extent.BY_SETTING);
  }

  /** Whether the caller may make this stricter only, in a workspace. */
  public boolean tightensOnly(Permission permission, WorkspaceId workspace) {
    return extent(permission, workspace) == Extent.TIGHTEN;
  }

  /** Where the caller may this: everywhere, or in some workspaces, or nowhere. */
  public Reach workspaces(Permission permission) {
    Set<WorkspaceId> some = new HashSet<>();
    membership
        .workspaces()
        .forEach(
            (workspace, role) -> {
              if (PermissionTable.of(role, permission).isWiderThan(Extent.BY_SETTING)) {
                some.add(workspace);
              }
            });
    if (isOpened(permission)) {
      keysOwn.ifPresent(some::add);
    }
    return new Reach(may(permission), some);
  }

  private boolean isOpened(Permission permission) {
    return opened.filter(permission::equals).isPresent();
  }

  /** Whether the caller can know that a workspace is there, by its name at least. */
  public boolean sees(WorkspaceId workspace) {
    return keysOwn.filter(workspace::equals).isPresent()
        || may(Permission.WORKSPACES_READ, workspace);
  }

  /**
   * @throws Refusal 403 if the caller may not in the whole organization
   */
  public void require(Permission permission) {
    if (!may(permission)) {
      throw lacking(permission);
    }
  }

  /**
   * @throws Refusal 404 if the caller cannot know the workspace, 403 if it can but may not do this
   */
  public void require(Permission permission, WorkspaceId workspace) {
    if (may(permission, workspace)) {
      return;
    }
    if (!sees(workspace)) {
      throw Refusal.notFound("project_id", workspace.value());
    }
    throw lacking(permission);
  }

  /** A caller that lacks a permission. */
  public static Refusal lacking(Permission permission) {
    return Refusal.forbidden("this needs the permission " + permission.wireName());
  }
}
