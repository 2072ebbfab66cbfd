package io.tollgate.governance.store;

import io.tollgate.schemas.InvalidInput;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

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

  /**
   * Does what may break rules about fields that this request calls otherwise.
   *
   * @param names what the request calls them, by their own names
   */
  public static <T> T renamed(Map<String, String> names, Supplier<T> work) {
    try {
      return work.get();
    } catch (InvalidInput e) {
      throw new InvalidInput(names.getOrDefault(e.field(), e.field()), e.value(), e.rule());
    }
  }
}
