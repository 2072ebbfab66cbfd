package io.tollgate.governance.tenancy;

import io.tollgate.governance.store.Inputs;
import io.tollgate.schemas.InvalidInput;
import org.jspecify.annotations.Nullable;

/**
 * What may be changed about an organization; its currency may not.
 *
 * @param timeZone IANA name; another one takes effect with the next period of each budget
 * @param billingEmail where invoices go
 * @param membersCreateWorkspaces whether members may; they may not unless it is set
 * @param workspaceAdminsInviteOutsiders whether a workspace's admin may invite people from outside
 *     the organization; they may unless it is set to false
 */
public record OrganizationSettings(
    String name,
    String timeZone,
    @Nullable String billingEmail,
    @Nullable Boolean membersCreateWorkspaces,
    @Nullable Boolean workspaceAdminsInviteOutsiders) {
  private static final int LONGEST_EMAIL = 254;

  public OrganizationSettings {
    Inputs.text("name", name);
    Inputs.timeZone(timeZone);
    if (billingEmail != null) {
      email("billing_email", billingEmail);
    }
    membersCreateWorkspaces = membersCreateWorkspaces != null && membersCreateWorkspaces;
    workspaceAdminsInviteOutsiders =
        workspaceAdminsInviteOutsiders == null || workspaceAdminsInviteOutsiders;
  }

  public boolean mayMembersCreateWorkspaces() {
    return membersCreateWorkspaces != null && membersCreateWorkspaces;
  }

  public boolean mayWorkspaceAdminsInviteOutsiders() {
    return workspaceAdminsInviteOutsiders == null || workspaceAdminsInviteOutsiders;
  }

  /** One address as people write it; only mail itself tells whether it exists. */
  static String email(String field, String email) {
    int at = email.indexOf('@');
    InvalidInput.unless(
        email.length() <= LONGEST_EMAIL
            && at > 0
            && at == email.lastIndexOf('@')
            && at < email.length() - 1
            && email.chars().noneMatch(c -> Character.isWhitespace(c) || Character.isISOControl(c)),
        field,
        email,
        "must be an email address of at most " + LONGEST_EMAIL + " characters");
    return email;
  }
}
