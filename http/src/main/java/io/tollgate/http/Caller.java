package io.tollgate.http;

import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.WorkspaceRole;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Who makes a request. */
public sealed interface Caller {
  /** Stable and not a secret; what an audit row names. */
  String id();

  /**
   * Who runs this installation.
   *
   * @param ownsOrganizations whether the operator is an owner of every organization as well, as in
   *     an installation of one company
   * @param grants what the operator may in single organizations beside what is its own, for now
   */
  record Operator(String id, boolean ownsOrganizations, List<Membership> grants) implements Caller {
    public Operator {
      grants = List.copyOf(grants);
    }
  }

  /** Somebody with an organization's admin key. */
  record AdminKey(String id, OrganizationId organization, OrganizationRole role)
      implements Caller {}

  /**
   * Somebody with a personal key.
   *
   * @param id of the person
   * @param memberships one per organization
   */
  record Person(String id, List<Membership> memberships) implements Caller {
    public Person {
      memberships = List.copyOf(memberships);
    }
  }

  /**
   * A gateway or a program with an API key.
   *
   * @param role of the key's service account in its workspace, if it has one
   */
  record ApiKey(
      ApiKeyId key,
      OrganizationId organization,
      WorkspaceId workspace,
      Set<Scope> scopes,
      Optional<WorkspaceRole> role)
      implements Caller {
    public ApiKey {
      scopes = Set.copyOf(scopes);
    }

    @Override
    public String id() {
      return key.value();
    }
  }

  /** Somebody without a secret, on a route that is open to anyone. */
  record Anyone() implements Caller {
    @Override
    public String id() {
      return "anyone";
    }
  }
}
