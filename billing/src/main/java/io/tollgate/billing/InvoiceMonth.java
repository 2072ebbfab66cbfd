package io.tollgate.billing;

import io.tollgate.schemas.InvalidInput;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;

/** A calendar month in an organization's time zone: what an invoice is for. */
record InvoiceMonth(YearMonth month, ZoneId zone) {
  private static final int FIRST_YEAR = 1970;
  private static final int LAST_YEAR = 2261;

  /**
   * Reads {@code yyyy-mm}.
   *
   * @throws InvalidInput naming the text and the rule
   */
  static YearMonth parse(String text) {
    String rule = "must be a month such as 2026-10, from " + FIRST_YEAR + " to " + LAST_YEAR;
    try {
      YearMonth month = YearMonth.parse(text);
      InvalidInput.unless(
          month.getYear() >= FIRST_YEAR && month.getYear() <= LAST_YEAR, "month", text, rule);
      return month;
    } catch (DateTimeParseException e) {
      throw new InvalidInput("month", text, rule);
    }
  }

  /** First instant, inclusive. */
  Instant start() {
    return month.atDay(1).atStartOfDay(zone).toInstant();
  }

  /** Last instant, exclusive. */
  Instant end() {
    return month.plusMonths(1).atDay(1).atStartOfDay(zone).toInstant();
  }
}
