package io.tollgate.streams;

/** A budget was deleted: whatever it did to its scope is over. */
record BudgetEnded(String budgetId, Scope scope) implements LimitInput {
  @Override
  public String organizationId() {
    return scope.organizationId();
  }
}
