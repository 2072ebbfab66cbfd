package io.tollgate.governance.access;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.WorkspaceRole;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Our roles in the words of the imitated API, which knows an owner and a reader of an organization,
 * and an owner and a member of a project. Answers say {@code role} in its words and {@code
 * tollgate_role} in ours. What is written comes back like this: {@code tollgate_role} decides where
 * it is given; a {@code role} that somebody shows already changes nothing; else owner is an owner,
 * reader a member, and of a project owner an admin, member an editor.
 */
final class DialectRoles {
  private static final String OWNER = "owner";
  private static final String READER = "reader";
  private static final String MEMBER = "member";

  private DialectRoles() {}

  static String of(OrganizationRole role) {
    return switch (role) {
      case OWNER, ADMIN -> OWNER;
      case BILLING, MEMBER, VIEWER -> READER;
    };
  }

  static String of(WorkspaceRole role) {
    return switch (role) {
      case ADMIN -> OWNER;
      case EDITOR, VIEWER -> MEMBER;
    };
  }

  /**
   * The role that a request means.
   *
   * @param present what the person is now, if anything
   * @throws InvalidInput if neither word is given, one is unknown, or they contradict each other
   */
  static OrganizationRole organization(
      @Nullable String role, @Nullable String own, @Nullable OrganizationRole present) {
    if (own == null) {
      String word = required(role);
      check(word, OWNER, READER);
      if (present != null && of(present).equals(word)) {
        return present;
      }
      return word.equals(OWNER) ? OrganizationRole.OWNER : OrganizationRole.MEMBER;
    }
    OrganizationRole meant =
        OrganizationRole.find(own)
            .orElseThrow(() -> unknown(own, Stream.of(OrganizationRole.values())));
    agree(role, of(meant), own);
    return meant;
  }

  /** As {@link #organization} for a role in a workspace. */
  static WorkspaceRole workspace(
      @Nullable String role, @Nullable String own, @Nullable WorkspaceRole present) {
    if (own == null) {
      String word = required(role);
      check(word, OWNER, MEMBER);
      if (present != null && of(present).equals(word)) {
        return present;
      }
      return word.equals(OWNER) ? WorkspaceRole.ADMIN : WorkspaceRole.EDITOR;
    }
    WorkspaceRole meant =
        WorkspaceRole.find(own).orElseThrow(() -> unknown(own, Stream.of(WorkspaceRole.values())));
    agree(role, of(meant), own);
    return meant;
  }

  private static String required(@Nullable String role) {
    if (role == null) {
      throw new InvalidInput("role", "", "is required");
    }
    return role;
  }

  private static void check(String role, String one, String other) {
    InvalidInput.unless(
        role.equals(one) || role.equals(other), "role", role, "must be " + one + " or " + other);
  }

  private static void agree(@Nullable String role, String said, String own) {
    InvalidInput.unless(
        role == null || role.equals(said),
        "role",
        role == null ? "" : role,
        "must be " + said + " beside the tollgate_role " + own + ", or left out");
  }

  private static InvalidInput unknown(String own, Stream<? extends Enum<?>> known) {
    return new InvalidInput(
        "tollgate_role",
        own,
        "must be one of "
            + known
                .map(one -> one.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", ")));
  }
}
