package io.tollgate.http;

import io.tollgate.schemas.OrganizationId;
import java.util.Optional;

/**
 * Who may call a route. A route cannot be declared without one, and none of them looks at the
 * peer's address: loopback is not trusted.
 */
public sealed interface Guard {
  /** The header by which the operator says on whose behalf it acts. */
  String ORGANIZATION_HEADER = "OpenAI-Organization";

  /**
   * What a guard lets through: the caller, and the organization the request is about where there is
   * one.
   */
  record Grant(Caller caller, Optional<OrganizationId> organization) {}

  /**
   * Judges a known caller.
   *
   * @param organizationHeader the value of {@link #ORGANIZATION_HEADER}, if sent
   * @throws Refusal if the caller may not
   * @throws io.tollgate.schemas.InvalidInput if the header is missing or malformed
   */
  Grant judge(Caller caller, Optional<String> organizationHeader);

  /** Open to anyone; a secret is not looked at. */
  static Guard anyone() {
    return new Anyone();
  }

  /** The operator only. */
  static Guard operator() {
    return new OperatorOnly();
  }

  /** An organization's admin key, or the operator with {@link #ORGANIZATION_HEADER}. */
  static Guard organization() {
    return new Organization(Optional.empty());
  }

  /** As {@link #organization()}, or an API key of the organization with this scope. */
  static Guard organizationOrApiKey(Scope scope) {
    return new Organization(Optional.of(scope));
  }

  /** An API key with this scope only. */
  static Guard apiKey(Scope scope) {
    return new ApiKeyOnly(scope);
  }

  /** See {@link #anyone()}. */
  record Anyone() implements Guard {
    @Override
    public Grant judge(Caller caller, Optional<String> organizationHeader) {
      return new Grant(caller, Optional.empty());
    }
  }

  /** See {@link #operator()}. */
  record OperatorOnly() implements Guard {
    @Override
    public Grant judge(Caller caller, Optional<String> organizationHeader) {
      if (caller instanceof Caller.Operator) {
        return new Grant(caller, Optional.empty());
      }
      throw Refusal.forbidden("this route is the operator's");
    }
  }

  /** See {@link #organization()} and {@link #organizationOrApiKey(Scope)}. */
  record Organization(Optional<Scope> scope) implements Guard {
    @Override
    public Grant judge(Caller caller, Optional<String> organizationHeader) {
      return switch (caller) {
        case Caller.Operator operator ->
            new Grant(operator, Optional.of(OrganizationHeader.required(organizationHeader)));
        case Caller.AdminKey admin ->
            new Grant(
                admin,
                Optional.of(OrganizationHeader.same(admin.organization(), organizationHeader)));
        case Caller.ApiKey key -> {
          if (scope.isEmpty()) {
            throw Refusal.forbidden(
                "this route needs an admin key of the organization, not an API key");
          }
          OrganizationHeader.requireScope(key, scope.get());
          yield new Grant(
              key, Optional.of(OrganizationHeader.same(key.organization(), organizationHeader)));
        }
        case Caller.Anyone anyone -> throw Refusal.unauthorized("this route needs a bearer secret");
      };
    }
  }

  /** See {@link #apiKey(Scope)}. */
  record ApiKeyOnly(Scope scope) implements Guard {
    @Override
    public Grant judge(Caller caller, Optional<String> organizationHeader) {
      if (!(caller instanceof Caller.ApiKey key)) {
        throw Refusal.forbidden("this route needs an API key with the scope " + scope.wireName());
      }
      OrganizationHeader.requireScope(key, scope);
      return new Grant(
          key, Optional.of(OrganizationHeader.same(key.organization(), organizationHeader)));
    }
  }
}
