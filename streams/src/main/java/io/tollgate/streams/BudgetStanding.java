package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.Budget;
import java.math.BigDecimal;
import java.util.List;

/**
 * Where a budget stands in one of its periods, told at every judgement of it: after usage in the
 * period, and for the current one when the budget is new or edited.
 *
 * @param budget as it was judged
 * @param scope what it is on, with the subject where there is one
 * @param window the period judged; not the current one when the usage was late
 * @param spend in the period so far
 * @param open the thresholds that spend is at or above, ascending
 */
record BudgetStanding(
    Budget budget, Scope scope, PeriodWindow window, Money spend, List<BigDecimal> open)
    implements LimitInput {
  BudgetStanding {
    open = List.copyOf(open);
  }

  @Override
  public String organizationId() {
    return budget.getOrganizationId();
  }

  /** Whether this budget stops its scope until the window ends. */
  boolean stops() {
    return budget.getHard() && spend.value().compareTo(budget.getAmount()) >= 0;
  }
}
