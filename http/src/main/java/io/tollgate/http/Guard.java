package io.tollgate.http;

import io.tollgate.schemas.Extent;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.WorkspaceId;
import java.util.Optional;
import java.util.function.BiPredicate;

/**
 * Who may call a route. A route cannot be declared without one, and none of them looks at the
 * peer's address: loopback is not trusted.
 */
public sealed interface Guard {
  /** The header by which a caller in several organizations says which one is meant. */
  String ORGANIZATION_HEADER = "OpenAI-Organization";

  /**
   * What a guard lets through: the caller, and, where the route is about an organization, which one
   * and what the caller may there.
   */
  record Grant(Caller caller, Optional<OrganizationId> organization, Optional<Access> access) {
    static Grant of(Caller caller) {
      return new Grant(caller, Optional.empty(), Optional.empty());
    }

    static Grant of(Caller caller, OrganizationId organization, Access access) {
      return new Grant(caller, Optional.of(organization), Optional.of(access));
    }
  }

  /**
   * What of a request a guard looks at.
   *
   * @param organization the value of {@link #ORGANIZATION_HEADER}, if sent
   * @param workspace the one that the path names, if it names one
   * @param isThere whether a workspace is an organization's
   */
  record Asked(
      Optional<String> organization,
      Optional<WorkspaceId> workspace,
      BiPredicate<OrganizationId, WorkspaceId> isThere) {}

  /**
   * Judges a known caller.
   *
   * @throws Refusal if the caller may not
   * @throws io.tollgate.schemas.InvalidInput if the header is missing or malformed
   */
  Grant judge(Caller caller, Asked asked);

  /** Open to anyone; a secret is not looked at. */
  static Guard anyone() {
    return new Anyone();
  }

  /** The operator only. */
  static Guard operator() {
    return new OperatorOnly();
  }

  /** A person, about what is the person's own. */
  static Guard person() {
    return new PersonOnly();
  }

  /**
   * Whoever has this permission: in the workspace that the path names after {@code /projects/}, or
   * in the whole organization if it names none. Names only and tightening only are let through; the
   * route asks {@link Call#access()} for the difference.
   */
  static Permitted permission(Permission permission) {
    return new Permitted(permission, false, false, Optional.empty());
  }

  /** An API key with this scope only. */
  static Guard apiKey(Scope scope) {
    return new ApiKeyOnly(scope);
  }

  /** See {@link #anyone()}. */
  record Anyone() implements Guard {
    @Override
    public Grant judge(Caller caller, Asked asked) {
      return Grant.of(caller);
    }
  }

  /** See {@link #operator()}. */
  record OperatorOnly() implements Guard {
    @Override
    public Grant judge(Caller caller, Asked asked) {
      if (caller instanceof Caller.Operator) {
        return Grant.of(caller);
      }
      throw Refusal.forbidden("this route is the operator's");
    }
  }

  /** See {@link #person()}. */
  record PersonOnly() implements Guard {
    @Override
    public Grant judge(Caller caller, Asked asked) {
      if (caller instanceof Caller.Person) {
        return Grant.of(caller);
      }
      throw Refusal.forbidden("this route needs a personal key");
    }
  }

  /**
   * See {@link #permission(Permission)}.
   *
   * @param somewhere whether the permission in one workspace is enough where the path names none
   * @param bySetting whether a role that a setting may allow it is let through
   * @param scope of an API key that opens the route as well
   */
  record Permitted(
      Permission permission, boolean somewhere, boolean bySetting, Optional<Scope> scope)
      implements Guard {
    /**
     * Also whoever has the permission in some workspace only; the route answers for {@link
     * Access#workspaces} of it and nothing else.
     */
    public Permitted somewhereAtLeast() {
      return new Permitted(permission, true, bySetting, scope);
    }

    /** Also whom a setting of the organization may allow it; the route looks at the setting. */
    public Permitted orBySetting() {
      return new Permitted(permission, somewhere, true, scope);
    }

    /**
     * Also an API key with this scope, for the workspace of the key; on a path without a workspace
     * the route answers for {@link Access#workspaces} of the permission and nothing else.
     */
    public Permitted orScope(Scope opening) {
      return new Permitted(permission, true, bySetting, Optional.of(opening));
    }

    @Override
    public Grant judge(Caller caller, Asked asked) {
      return switch (caller) {
        case Caller.Operator operator -> {
          OrganizationId organization = OrganizationHeader.required(asked.organization());
          yield judge(caller, organization, Access.of(operator, organization), asked);
        }
        case Caller.AdminKey admin ->
            judge(
                caller,
                OrganizationHeader.same(admin.organization(), asked.organization()),
                Access.of(Membership.of(admin.organization(), admin.role())),
                asked);
        case Caller.Person person -> {
          Membership chosen = OrganizationHeader.chosen(person.memberships(), asked.organization());
          yield judge(caller, chosen.organization(), Access.of(chosen), asked);
        }
        case Caller.ApiKey key -> {
          if (scope.isPresent() && key.role().isEmpty()) {
            OrganizationHeader.requireScope(key, scope.get());
          }
          yield judge(
              caller,
              OrganizationHeader.same(key.organization(), asked.organization()),
              Access.of(key, scope.filter(key.scopes()::contains).map(opened -> permission)),
              asked);
        }
        case Caller.Anyone anyone -> throw Refusal.unauthorized("this route needs a bearer secret");
      };
    }

    private Grant judge(Caller caller, OrganizationId organization, Access access, Asked asked) {
      if (asked.workspace().isPresent()) {
        WorkspaceId workspace = asked.workspace().get();
        if (!isEnough(access.extent(permission, workspace))) {
          if (access.sees(workspace) && asked.isThere().test(organization, workspace)) {
            throw Access.lacking(permission);
          }
          throw Refusal.notFound("project_id", workspace.value());
        }
      } else if (!isEnough(access.extent(permission))
          && !(somewhere && !access.workspaces(permission).isNone())) {
        throw Access.lacking(permission);
      }
      return Grant.of(caller, organization, access);
    }

    private boolean isEnough(Extent extent) {
      return extent.isWiderThan(bySetting ? Extent.NONE : Extent.BY_SETTING);
    }
  }

  /** See {@link #apiKey(Scope)}. */
  record ApiKeyOnly(Scope scope) implements Guard {
    @Override
    public Grant judge(Caller caller, Asked asked) {
      if (!(caller instanceof Caller.ApiKey key)) {
        throw Refusal.forbidden("this route needs an API key with the scope " + scope.wireName());
      }
      OrganizationHeader.requireScope(key, scope);
      return Grant.of(
          key,
          OrganizationHeader.same(key.organization(), asked.organization()),
          Access.of(key, Optional.empty()));
    }
  }
}
