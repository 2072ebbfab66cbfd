package io.tollgate.schemas;

import java.math.BigDecimal;

/**
 * Decimal text as money and rates come in: plain digits, so that nothing is guessed and no exponent
 * blows up.
 */
public final class Decimals {
  private static final int LONGEST = 64;

  private Decimals() {}

  /**
   * Reads {@code -?digits[.digits]}.
   *
   * @throws InvalidInput naming the field, the text and the rule
   */
  public static BigDecimal parse(String field, String text) {
    InvalidInput.unless(
        isPlain(text),
        field,
        text,
        "must be plain decimal text such as 12.50, at most 64 characters");
    return new BigDecimal(text);
  }

  private static boolean isPlain(String text) {
    int length = text.length();
    if (length == 0 || length > LONGEST) {
      return false;
    }
    int i = text.charAt(0) == '-' ? 1 : 0;
    int digits = 0;
    int points = 0;
    for (; i < length; i++) {
      char c = text.charAt(i);
      if (c >= '0' && c <= '9') {
        digits++;
      } else if (c == '.' && points == 0 && digits > 0 && i < length - 1) {
        points++;
      } else {
        return false;
      }
    }
    return digits > 0;
  }
}
