package io.tollgate.app.prices;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Rate;
import java.math.BigDecimal;

/** A price of a file as a rate per 1,000,000 units, exact, or the reason why it cannot be one. */
sealed interface PerMillion {

  record Exact(Rate rate) implements PerMillion {}

  record Refused(String reason) implements PerMillion {}

  /** How many units a price of the file is for, as a power of ten. */
  enum Unit {
    ONE(6),
    THOUSAND(3),
    MILLION(0);

    private final int shift;

    Unit(int shift) {
      this.shift = shift;
    }
  }

  /** More digits, or a larger exponent, than any price has; keeps arithmetic on it small. */
  int MOST_DIGITS = 64;

  static PerMillion of(String text, Unit unit) {
    BigDecimal perMillion;
    try {
      BigDecimal price = new BigDecimal(text);
      if (text.length() > MOST_DIGITS || Math.abs(price.scale()) > MOST_DIGITS) {
        return new Refused("has too many digits for a price");
      }
      perMillion = price.movePointRight(unit.shift).stripTrailingZeros();
    } catch (NumberFormatException e) {
      return new Refused("is not a decimal number");
    }
    try {
      return new Exact(new Rate(perMillion));
    } catch (InvalidInput e) {
      return new Refused("is " + perMillion.toPlainString() + " per 1,000,000: " + e.rule());
    }
  }

  static PerMillion of(Json value, Unit unit) {
    return value instanceof Json.Digits digits
        ? of(digits.text(), unit)
        : new Refused("is not a number");
  }
}
