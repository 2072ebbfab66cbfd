package io.tollgate.governance.spending;

import io.tollgate.schemas.InvalidInput;
import java.math.BigDecimal;

/**
 * A hard spend limit in the imitated API's words.
 *
 * @param currency the organization's
 * @param interval the dialect knows months only
 * @param thresholdAmount in cents
 */
record SpendTerms(String currency, String interval, BigDecimal thresholdAmount) {
  static final String MONTH = "month";

  SpendTerms {
    checkInterval(interval);
    new Cents(thresholdAmount);
  }

  static void checkInterval(String interval) {
    InvalidInput.unless(
        interval.equals(MONTH),
        "interval",
        interval,
        "must be month; other periods are those of budgets");
  }

  /** A currency is fixed for an organization; amounts in another one cannot be compared. */
  static void checkCurrency(String given, String own) {
    InvalidInput.unless(
        given.equals(own), "currency", given, "must be the organization's currency, " + own);
  }

  Cents cents() {
    return new Cents(thresholdAmount);
  }
}
