package io.tollgate.rating;

import java.util.Locale;

/** Why the price of a valid event is not known. */
public enum UnratedReason {
  /** No version of any price book that applies to the organization was in effect at event time. */
  NO_PRICE_BOOK,
  /** No rate card for the model and service tier, or no rate for one of the meters. */
  NO_RATE,
  /** The only rate card is in another currency than the organization's. */
  CURRENCY_MISMATCH;

  private final String wireName = name().toLowerCase(Locale.ROOT);

  public String wireName() {
    return wireName;
  }
}
