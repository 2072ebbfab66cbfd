package io.tollgate.schemas;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * A price: currency per 1,000,000 units of a meter, never negative, at most 6 decimals, so that
 * rate × whole units lands on {@link Money}'s scale without rounding.
 */
public record Rate(BigDecimal value) implements Comparable<Rate> {
  public static final int SCALE = 6;

  /** 10^12 per 1,000,000 units is beyond any price and keeps rate × units within 38 digits. */
  private static final int MOST_INTEGER_DIGITS = 12;

  public Rate {
    if (value.scale() != SCALE) {
      try {
        value = value.setScale(SCALE, RoundingMode.UNNECESSARY);
      } catch (ArithmeticException e) {
        throw new InvalidInput(
            "rate", value.toPlainString(), "must have at most 6 decimals per 1,000,000 units");
      }
    }
    InvalidInput.unless(value.signum() >= 0, "rate", value.toPlainString(), "must not be negative");
    InvalidInput.unless(
        value.precision() - SCALE <= MOST_INTEGER_DIGITS,
        "rate",
        value.toPlainString(),
        "must be below 10^12 per 1,000,000 units");
  }

  /**
   * Reads plain decimal text.
   *
   * @throws InvalidInput naming the text and the rule
   */
  public static Rate parse(String text) {
    return new Rate(Decimals.parse("rate", text));
  }

  /** The exact cost of whole units. */
  public Money cost(long units) {
    // units / 10^6 is exact at scale 6, and scale 6 × scale 6 is Money's scale.
    return new Money(value.multiply(BigDecimal.valueOf(units, SCALE)));
  }

  @Override
  public int compareTo(Rate other) {
    return value.compareTo(other.value);
  }

  /** Plain and exact, always with 6 decimals. */
  @Override
  public String toString() {
    return value.toPlainString();
  }
}
