package io.tollgate.http;

import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import java.util.Set;

/** Who makes a request. */
public sealed interface Caller {
  /** Stable and not a secret; what an audit row names. */
  String id();

  /** Who runs this installation. */
  record Operator(String id) implements Caller {}

  /** Somebody with an organization's admin key. */
  record AdminKey(String id, OrganizationId organization) implements Caller {}

  /** A gateway or a program with an API key. */
  record ApiKey(ApiKeyId key, OrganizationId organization, WorkspaceId workspace, Set<Scope> scopes)
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
