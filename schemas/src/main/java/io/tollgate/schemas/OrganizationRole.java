package io.tollgate.schemas;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a person or an admin key is in an organization. */
public enum OrganizationRole {
  OWNER,
  ADMIN,
  BILLING,
  MEMBER,
  VIEWER;

  /** As bodies write it, such as {@code owner}. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<OrganizationRole> find(String wireName) {
    return Arrays.stream(values()).filter(role -> role.wireName().equals(wireName)).findFirst();
  }
}
