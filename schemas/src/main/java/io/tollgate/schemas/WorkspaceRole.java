package io.tollgate.schemas;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a person or a service account is in a workspace, beside any role in its organization. */
public enum WorkspaceRole {
  ADMIN,
  EDITOR,
  VIEWER;

  /** As bodies write it, such as {@code editor}. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<WorkspaceRole> find(String wireName) {
    return Arrays.stream(values()).filter(role -> role.wireName().equals(wireName)).findFirst();
  }
}
