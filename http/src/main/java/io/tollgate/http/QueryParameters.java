package io.tollgate.http;

import io.tollgate.schemas.InvalidInput;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The query parameters of a request. Only declared names are taken; a list may be written {@code
 * name=a&name=b} or {@code name[]=a&name[]=b}, as the clients of the imitated API do either.
 */
public final class QueryParameters {
  private static final String LIST_SUFFIX = "[]";
  private static final int MOST_VALUES = 100;

  private final Map<String, List<String>> values;

  private QueryParameters(Map<String, List<String>> values) {
    this.values = values;
  }

  /**
   * Checks names against those declared.
   *
   * @throws InvalidInput for a name that is not declared, or for more than 100 values
   */
  static QueryParameters of(Map<String, List<String>> given, Collection<String> declared) {
    Map<String, List<String>> values = new TreeMap<>();
    given.forEach(
        (name, list) -> {
          String plain =
              name.endsWith(LIST_SUFFIX)
                  ? name.substring(0, name.length() - LIST_SUFFIX.length())
                  : name;
          InvalidInput.unless(
              declared.contains(plain),
              name,
              String.join(",", list),
              declared.isEmpty()
                  ? "this route takes no query parameters"
                  : "is not a query parameter here; known are "
                      + String.join(", ", new TreeSet<>(declared)));
          InvalidInput.unless(
              values.put(plain, List.copyOf(list)) == null,
              plain,
              String.join(",", list),
              "must be written one way");
          InvalidInput.unless(
              list.size() <= MOST_VALUES, plain, list.size(), "takes at most 100 values");
        });
    return new QueryParameters(values);
  }

  /** The values of a parameter in order; none if it was not given. */
  public List<String> list(String name) {
    return values.getOrDefault(name, List.of());
  }

  /** The one value of a parameter. */
  public Optional<String> text(String name) {
    List<String> given = list(name);
    InvalidInput.unless(given.size() <= 1, name, String.join(",", given), "must be given once");
    return given.stream().findFirst();
  }

  /** The one value of a parameter that cannot be left out. */
  public String required(String name) {
    return text(name)
        .orElseThrow(() -> new InvalidInput(name, "", "is a required query parameter"));
  }

  /** A whole number within bounds, both inclusive. */
  public Optional<Long> wholeNumber(String name, long least, long most) {
    return text(name).map(text -> wholeNumber(name, text, least, most));
  }

  private static long wholeNumber(String name, String text, long least, long most) {
    String rule = "must be a whole number from " + least + " to " + most;
    try {
      long number = Long.parseLong(text);
      InvalidInput.unless(number >= least && number <= most, name, text, rule);
      return number;
    } catch (NumberFormatException e) {
      throw new InvalidInput(name, text, rule);
    }
  }
}
