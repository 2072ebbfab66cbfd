package io.tollgate.governance.tenancy;

import io.tollgate.schemas.InvalidInput;
import java.util.List;

/**
 * Who is asked about an organization's invoices, as a whole.
 *
 * @param contacts email addresses, at most 20, each once
 */
record FinanceContacts(List<String> contacts) {
  private static final int MOST = 20;

  FinanceContacts {
    InvalidInput.unless(
        contacts.size() <= MOST, "contacts", contacts.size() + " contacts", "must be at most 20");
    for (int i = 0; i < contacts.size(); i++) {
      OrganizationSettings.email("contacts[" + i + "]", contacts.get(i));
    }
    InvalidInput.unless(
        contacts.stream().distinct().count() == contacts.size(),
        "contacts",
        contacts,
        "must name each address once");
    contacts = List.copyOf(contacts);
  }
}
