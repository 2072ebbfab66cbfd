package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.Credit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The credits that governance published; changed by the global thread, read by the stream threads.
 * A credit that is published again counts once.
 */
final class CreditRows {
  private final Map<String, Credit> byId = new ConcurrentHashMap<>();
  private final Map<String, Money> totals = new ConcurrentHashMap<>();

  private final ChangeLog changes = new ChangeLog();

  void change(String id, @Nullable Credit credit) {
    Credit before = credit == null ? byId.remove(id) : byId.put(id, credit);
    if (before != null) {
      add(before, Money.of(before.getAmount()).negate());
    }
    if (credit != null) {
      add(credit, Money.of(credit.getAmount()));
    }
  }

  private void add(Credit credit, Money amount) {
    totals.merge(key(credit.getOrganizationId(), credit.getCurrency()), amount, Money::plus);
    changes.add(credit.getOrganizationId());
  }

  private static String key(String organizationId, String currency) {
    return organizationId + '/' + currency;
  }

  /** The organizations that were credited. */
  ChangeLog changes() {
    return changes;
  }

  /** What was credited to an organization in a currency so far. */
  Money total(String organizationId, String currency) {
    return totals.getOrDefault(key(organizationId, currency), Money.ZERO);
  }
}
