package io.tollgate.schemas;

import java.util.Arrays;
import java.util.Optional;

/** What a role may be allowed to do in an organization; {@link PermissionTable} says which may. */
public enum Permission {
  /** The organization and its effective configuration, without finance data or credentials. */
  ORG_READ("org.read"),

  /** Settings and security of the organization, its deletion, and who its owners are. */
  ORG_SETTINGS("org.settings"),
  MEMBERS_READ("members.read"),

  /** Never owners: they are a matter of {@link #ORG_SETTINGS}. */
  MEMBERS_MANAGE("members.manage"),
  WORKSPACES_READ("workspaces.read"),
  WORKSPACES_CREATE("workspaces.create"),

  /** Update, archive and delete. */
  WORKSPACES_UPDATE("workspaces.update"),

  /** Providers, models and every other section of the configuration. */
  CONFIG_WRITE("config.write"),
  KEYS_READ("keys.read"),

  /** Create, edit, rotate and revoke keys; service accounts. */
  KEYS_WRITE("keys.write"),

  /** Budgets and limits of the organization or of a workspace. */
  BUDGETS_WRITE("budgets.write"),

  /** Budgets and limits of a key. */
  BUDGETS_WRITE_KEY("budgets.write.key"),
  BUDGETS_READ("budgets.read"),

  /** Usage, cost and event log. */
  USAGE_READ("usage.read"),
  ALERT_CHANNELS_WRITE("alert_channels.write"),
  AUDIT_READ("audit.read"),
  REJECTED_READ("rejected.read"),
  REJECTED_REPLAY("rejected.replay"),

  /** Prices and plan. */
  PRICES_READ("prices.read"),

  /** Invoices and wallet. */
  INVOICES_READ("invoices.read"),
  FINANCE_CONTACTS_WRITE("finance_contacts.write");

  private final String wireName;

  Permission(String wireName) {
    this.wireName = wireName;
  }

  /** As records and answers write it, such as {@code budgets.write.key}. */
  public String wireName() {
    return wireName;
  }

  public static Optional<Permission> find(String wireName) {
    return Arrays.stream(values())
        .filter(permission -> permission.wireName.equals(wireName))
        .findFirst();
  }
}
