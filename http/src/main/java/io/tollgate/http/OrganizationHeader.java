package io.tollgate.http;

import io.tollgate.schemas.Ids;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import java.util.Optional;

/** The rules of the header that names an organization. */
final class OrganizationHeader {
  private OrganizationHeader() {}

  static OrganizationId required(Optional<String> header) {
    String value =
        header.orElseThrow(
            () ->
                new InvalidInput(
                    Guard.ORGANIZATION_HEADER,
                    "",
                    "the operator must name the organization in this header"));
    Ids.check(Guard.ORGANIZATION_HEADER, value);
    return new OrganizationId(value);
  }

  /**
   * A secret fixes the organization; a header that says otherwise is a mistake that must not pass
   * unseen.
   */
  static OrganizationId same(OrganizationId own, Optional<String> header) {
    if (header.isPresent() && !header.get().equals(own.value())) {
      throw Refusal.forbidden(
          Guard.ORGANIZATION_HEADER
              + " names another organization than the one the secret belongs to");
    }
    return own;
  }

  static void requireScope(Caller.ApiKey key, Scope scope) {
    if (!key.scopes().contains(scope)) {
      throw Refusal.forbidden("this API key lacks the scope " + scope.wireName());
    }
  }
}
