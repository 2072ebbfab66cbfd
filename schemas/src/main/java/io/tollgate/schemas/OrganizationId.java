package io.tollgate.schemas;

/**
 * Names an organization, the root of a tenancy tree. Stable, never reused, not a secret; matches
 * {@code [A-Za-z0-9_-]{1,64}}.
 */
public record OrganizationId(String value) implements Comparable<OrganizationId> {
  public OrganizationId {
    Ids.check("organization_id", value);
  }

  @Override
  public int compareTo(OrganizationId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
