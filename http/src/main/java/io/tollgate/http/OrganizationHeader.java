package io.tollgate.http;

import io.tollgate.schemas.Ids;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The rules of the header that names an organization. */
final class OrganizationHeader {
  /** A person with more than these is told some of them. */
  private static final int MOST_CHOICES = 20;

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

  /**
   * The membership that a request is about: the only one, or the one the header names.
   *
   * @throws Refusal 403 if the person is not in the named organization, or in none
   * @throws InvalidInput naming the choices if there are several and none was named
   */
  static Membership chosen(List<Membership> memberships, Optional<String> header) {
    if (header.isPresent()) {
      return memberships.stream()
          .filter(one -> one.organization().value().equals(header.get()))
          .findFirst()
          .orElseThrow(
              () ->
                  Refusal.forbidden(
                      Guard.ORGANIZATION_HEADER
                          + " names an organization that you are not a member of"));
    }
    if (memberships.size() > 1) {
      throw new InvalidInput(
          Guard.ORGANIZATION_HEADER,
          "",
          "you are in several organizations; name one of them in this header: "
              + memberships.stream()
                  .map(one -> one.organization().value())
                  .sorted()
                  .limit(MOST_CHOICES)
                  .collect(Collectors.joining(", ")));
    }
    return memberships.stream()
        .findFirst()
        .orElseThrow(() -> Refusal.forbidden("you are a member of no organization"));
  }

  static void requireScope(Caller.ApiKey key, Scope scope) {
    if (!key.scopes().contains(scope)) {
      throw Refusal.forbidden("this API key lacks the scope " + scope.wireName());
    }
  }
}
