package io.tollgate.streams;

/** What the tables say of the organization, workspace and key that an event names. */
sealed interface Tenancy permits Tenant, Tenancy.Unknown, Tenancy.Foreign {

  /** Not seen yet: may still come. */
  record Unknown(String field, String value) implements Tenancy {}

  /** Somebody else's: will not change. */
  record Foreign(String field, String value, String rule) implements Tenancy {}
}
