package io.tollgate.governance.store;

import io.tollgate.http.Caller;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Who did something, as the audit names them.
 *
 * @param kind {@code operator}, {@code admin_key}, {@code person}, {@code api_key} or {@code
 *     anyone}
 * @param id of the principal; not a secret
 * @param email where one is known
 */
public record Actor(String kind, String id, @Nullable String email) {
  private static final String PERSON = "person";

  public static Actor of(Caller caller) {
    return switch (caller) {
      case Caller.Operator operator -> new Actor("operator", operator.id(), null);
      case Caller.AdminKey admin -> new Actor("admin_key", admin.id(), null);
      case Caller.Person person -> new Actor(PERSON, person.id(), null);
      case Caller.ApiKey key -> new Actor("api_key", key.id(), null);
      case Caller.Anyone anyone -> new Actor("anyone", anyone.id(), null);
    };
  }

  /** The same with the email address that a person gave. */
  Actor named(Handle handle) {
    return kind.equals(PERSON)
        ? new Actor(
            kind,
            id,
            handle
                .createQuery("SELECT email FROM people WHERE id = :id")
                .bind("id", id)
                .mapTo(String.class)
                .findOne()
                .orElse(null))
        : this;
  }
}
