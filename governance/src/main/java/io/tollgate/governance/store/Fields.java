package io.tollgate.governance.store;

import io.tollgate.schemas.InvalidInput;
import java.util.function.Function;

/** Gives a rule that was broken the name that its field has in this request. */
public final class Fields {
  private Fields() {}

  /** Checks an id that a request calls {@code id}. */
  public static <T> T id(String value, Function<String, T> type) {
    return named("id", value, type);
  }

  /** Checks text by the constructor of its type, under the field name of the request. */
  public static <T> T named(String field, String value, Function<String, T> type) {
    try {
      return type.apply(value);
    } catch (InvalidInput e) {
      throw new InvalidInput(field, value, e.rule());
    }
  }
}
