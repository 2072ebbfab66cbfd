package io.tollgate.streams;

/**
 * What the state of limits is made from, about one organization each: after every delta what it
 * added, and before that what budgets have come to by it.
 */
sealed interface LimitInput permits ScopeChanges, BudgetStanding, BudgetEnded {
  String organizationId();
}
