package io.tollgate.schemas;

import java.util.Objects;

/**
 * Input that breaks a rule, with what a caller needs to mend it: the field, the value as given (cut
 * to 256 characters) and the rule. The fault is the caller's; the same input will be refused again.
 */
public final class InvalidInput extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int LONGEST_VALUE = 256;

  private final String field;
  private final String value;
  private final String rule;

  public InvalidInput(String field, Object value, String rule) {
    super(field + " = " + shown(value) + ": " + rule);
    this.field = Objects.requireNonNull(field, "field");
    this.value = shown(value);
    this.rule = Objects.requireNonNull(rule, "rule");
  }

  /** Throws unless {@code holds}. */
  public static void unless(boolean holds, String field, Object value, String rule) {
    if (!holds) {
      throw new InvalidInput(field, value, rule);
    }
  }

  /** The field by its public name, such as {@code workspace_id} or {@code units.input}. */
  public String field() {
    return field;
  }

  /** The offending value as given, cut to 256 characters. */
  public String value() {
    return value;
  }

  /** What was broken, in a sentence. */
  public String rule() {
    return rule;
  }

  static String shown(Object value) {
    String text = String.valueOf(value);
    return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE) + "…";
  }
}
