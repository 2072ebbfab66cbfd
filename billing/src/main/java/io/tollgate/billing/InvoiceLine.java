package io.tollgate.billing;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * One line: a row, and what it comes to in money that can be paid.
 *
 * @param amount the exact cost rounded once, half to even, to the currency's minor unit
 */
record InvoiceLine(InvoiceRow row, BigDecimal amount) {
  /** The one place where money is rounded; the mode favours neither side. */
  static final RoundingMode ROUNDING = RoundingMode.HALF_EVEN;

  static InvoiceLine of(InvoiceRow row, int minorUnitDigits) {
    return new InvoiceLine(row, row.cost().value().setScale(minorUnitDigits, ROUNDING));
  }
}
