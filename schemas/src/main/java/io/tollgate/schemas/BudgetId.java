package io.tollgate.schemas;

/** Names a budget. Stable, never reused, not a secret; matches {@code [A-Za-z0-9_-]{1,64}}. */
public record BudgetId(String value) implements Comparable<BudgetId> {
  public BudgetId {
    Ids.check("budget_id", value);
  }

  @Override
  public int compareTo(BudgetId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
