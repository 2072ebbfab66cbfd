package io.tollgate.billing;

import io.tollgate.schemas.InvalidInput;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What usage and costs can be grouped by, under the names of OpenAI's API: a project is a
 * workspace.
 */
enum Dimension {
  PROJECT_ID("project_id", "workspace_id"),
  API_KEY_ID("api_key_id", "api_key_id"),
  MODEL("model", "model"),
  /** Of costs: a model and a meter. */
  LINE_ITEM("line_item", "model");

  private final String wireName;
  private final String column;

  Dimension(String wireName, String column) {
    this.wireName = wireName;
    this.column = column;
  }

  String wireName() {
    return wireName;
  }

  String column() {
    return column;
  }

  /**
   * Reads the values of {@code group_by}.
   *
   * @throws InvalidInput for one that is not among those allowed
   */
  static Set<Dimension> of(List<String> names, Set<Dimension> allowed) {
    Set<Dimension> found = EnumSet.noneOf(Dimension.class);
    for (String name : names) {
      found.add(
          allowed.stream()
              .filter(dimension -> dimension.wireName.equals(name))
              .findFirst()
              .orElseThrow(
                  () -> new InvalidInput("group_by", name, "must be one of " + known(allowed))));
    }
    return found;
  }

  private static String known(Set<Dimension> allowed) {
    return Arrays.stream(values())
        .filter(allowed::contains)
        .map(Dimension::wireName)
        .collect(Collectors.joining(", "));
  }
}
