package io.tollgate.app.terminal;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/** Figures as people read them. Exact ones stay exact. */
public final class Shown {
  private static final int WHOLE_BAR = 15;

  private Shown() {}

  /** 12,345. */
  public static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** All decimals that are not trailing zeros, two at least. */
  public static String exact(BigDecimal amount) {
    BigDecimal stripped = amount.stripTrailingZeros();
    return String.format(Locale.ROOT, "%,." + Math.max(2, stripped.scale()) + "f", stripped);
  }

  /** To whole cents, down; for views that change faster than anyone could check them. */
  public static String cents(BigDecimal amount) {
    return String.format(Locale.ROOT, "%,.2f", amount.setScale(2, RoundingMode.DOWN));
  }

  /** Whole percent of a part, down; 0 of nothing. */
  public static long percent(BigDecimal part, BigDecimal whole) {
    return whole.signum() == 0
        ? 0
        : part.multiply(BigDecimal.valueOf(100)).divide(whole, 0, RoundingMode.DOWN).longValue();
  }

  /** A bar of 15 characters. */
  public static String bar(long percent) {
    int filled = (int) Math.clamp(percent * WHOLE_BAR / 100, 0, WHOLE_BAR);
    return "#".repeat(filled) + ".".repeat(WHOLE_BAR - filled);
  }
}
