package io.tollgate.streams;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.avro.Budget;

/**
 * Which days a budget's periods begin on.
 *
 * @param anchor of a week the day, 1 (Monday) to 7; of a month, quarter or year the day of its
 *     first month, 1 to 31, cut to that month's length; 1 where it has no meaning
 */
record PeriodCut(Period period, int anchor) {
  private static final int DAYS_OF_A_WEEK = 7;
  private static final int DAYS_OF_A_MONTH = 31;

  PeriodCut {
    switch (period) {
      case DAY, TOTAL -> anchor = 1;
      case WEEK -> check(anchor, DAYS_OF_A_WEEK);
      case MONTH, QUARTER, YEAR -> check(anchor, DAYS_OF_A_MONTH);
    }
  }

  private static void check(int anchor, int most) {
    InvalidInput.unless(
        anchor >= 1 && anchor <= most, "anchor_day", anchor, "must be 1 to " + most);
  }

  /** As it is usual: weeks from Monday, the rest from the first. */
  static PeriodCut of(Period period) {
    return new PeriodCut(period, 1);
  }

  static PeriodCut of(Budget budget) {
    return new PeriodCut(Period.of(budget.getPeriod()), budget.getAnchorDay());
  }
}
