package io.tollgate.http;

import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.WorkspaceRole;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a caller is in one organization.
 *
 * @param role in the organization as a whole, if any
 * @param workspaces roles in single workspaces
 * @param granted permissions in the whole organization beside those of the roles
 */
public record Membership(
    OrganizationId organization,
    Optional<OrganizationRole> role,
    Map<WorkspaceId, WorkspaceRole> workspaces,
    Set<Permission> granted) {
  public Membership {
    workspaces = Map.copyOf(workspaces);
    granted = Set.copyOf(granted);
  }

  /** A role in the organization and in no workspace. */
  public static Membership of(OrganizationId organization, OrganizationRole role) {
    return new Membership(organization, Optional.of(role), Map.of(), Set.of());
  }

  /** A name that this version does not know gives nothing. */
  static Membership of(io.tollgate.schemas.avro.Membership published) {
    Map<WorkspaceId, WorkspaceRole> workspaces = new HashMap<>();
    published
        .getWorkspaces()
        .forEach(
            one ->
                known(WorkspaceRole.class, one.getRole())
                    .ifPresent(
                        role -> workspaces.put(new WorkspaceId(one.getWorkspaceId()), role)));
    Set<Permission> granted = EnumSet.noneOf(Permission.class);
    published.getPermissions().forEach(name -> Permission.find(name).ifPresent(granted::add));
    return new Membership(
        new OrganizationId(published.getOrganizationId()),
        Optional.ofNullable(published.getRole())
            .flatMap(name -> known(OrganizationRole.class, name)),
        workspaces,
        granted);
  }

  static boolean isValid(io.tollgate.schemas.avro.Membership published, Instant now) {
    return published.getValidUntil() == null || now.isBefore(published.getValidUntil());
  }

  private static <E extends Enum<E>> Optional<E> known(Class<E> type, String name) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> constant.name().equals(name))
        .findFirst();
  }
}
