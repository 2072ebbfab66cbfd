package io.tollgate.billing;

import java.util.ArrayList;
import java.util.List;

/**
 * SQL text and the values of its {@code ?} in order. Text never holds what came from outside.
 *
 * @param parameters strings and numbers
 */
record SqlStatement(String sql, List<Object> parameters) {
  SqlStatement {
    parameters = List.copyOf(parameters);
    long marks = sql.chars().filter(c -> c == '?').count();
    if (marks != parameters.size()) {
      throw new IllegalArgumentException(
          marks + " marks, but " + parameters.size() + " parameters: " + sql);
    }
  }

  /** Collects text and parameters side by side. */
  static final class Builder {
    private final StringBuilder sql = new StringBuilder();
    private final List<Object> parameters = new ArrayList<>();

    Builder add(String text, Object... values) {
      sql.append(text);
      parameters.addAll(List.of(values));
      return this;
    }

    /** {@code AND column IN (?, ?)}; nothing if there are no values. */
    Builder andIn(String column, List<String> values) {
      return and(column + " IN (", values);
    }

    /** {@code AND column NOT IN (?, ?)}; nothing if there are no values. */
    Builder andNotIn(String column, List<String> values) {
      return and(column + " NOT IN (", values);
    }

    private Builder and(String condition, List<String> values) {
      if (!values.isEmpty()) {
        sql.append("  AND ").append(condition);
        sql.append(String.join(", ", values.stream().map(value -> "?").toList())).append(")\n");
        parameters.addAll(values);
      }
      return this;
    }

    SqlStatement build() {
      return new SqlStatement(sql.toString(), parameters);
    }
  }
}
