package io.tollgate.schemas;

/** One broken rule: which field, its value (cut to 256 characters) and the rule in a sentence. */
public record Violation(String field, String value, String rule) {
  public Violation {
    value = InvalidInput.shown(value);
  }

  public InvalidInput toException() {
    return new InvalidInput(field, value, rule);
  }
}
