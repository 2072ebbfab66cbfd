package io.tollgate.schemas;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Objects;

/**
 * An exact amount at scale 12, without its currency: one unit of the last place is a picodollar
 * where the currency is USD. At most 38 digits, because that is what the tables hold. Nothing here
 * rounds: an amount with more decimals is refused.
 */
public record Money(BigDecimal value) implements Comparable<Money> {
  public static final int SCALE = 12;
  public static final int PRECISION = 38;
  public static final Money ZERO = new Money(BigDecimal.ZERO);

  public Money {
    Objects.requireNonNull(value, "value");
    if (value.scale() != SCALE) {
      try {
        value = value.setScale(SCALE, RoundingMode.UNNECESSARY);
      } catch (ArithmeticException e) {
        throw new InvalidInput("amount", value.toPlainString(), "must have at most 12 decimals");
      }
    }
    if (value.precision() > PRECISION) {
      throw new InvalidInput(
          "amount", value.toPlainString(), "must have at most 38 digits, 12 of them decimals");
    }
  }

  public static Money of(BigDecimal value) {
    return new Money(value);
  }

  /**
   * Reads plain decimal text such as {@code 12.5}; an exponent, a sign other than a leading minus,
   * or blanks are refused.
   *
   * @throws InvalidInput naming the text and the rule
   */
  public static Money parse(String text) {
    return new Money(Decimals.parse("amount", text));
  }

  public Money plus(Money other) {
    return new Money(value.add(other.value));
  }

  public Money minus(Money other) {
    return new Money(value.subtract(other.value));
  }

  public Money negate() {
    return new Money(value.negate());
  }

  public boolean isZero() {
    return value.signum() == 0;
  }

  @Override
  public int compareTo(Money other) {
    return value.compareTo(other.value);
  }

  /** Plain and exact, always with 12 decimals. */
  @Override
  public String toString() {
    return value.toPlainString();
  }
}
