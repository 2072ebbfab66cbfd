package io.tollgate.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A table in Markdown on standard output; progress is told on standard error. */
final class Report {
  private final String title;
  private final List<String> columns;
  private final List<List<String>> rows = new ArrayList<>();

  Report(String title, String... columns) {
    this.title = title;
    this.columns = List.of(columns);
  }

  void row(String... cells) {
    rows.add(List.of(cells));
  }

  void print() {
    System.out.println();
    System.out.println(title + ":");
    System.out.println();
    System.out.println(line(columns));
    System.out.println(line(Collections.nCopies(columns.size(), "---")));
    rows.forEach(row -> System.out.println(line(row)));
    System.out.println();
  }

  private static String line(List<String> cells) {
    return "| " + String.join(" | ", cells) + " |";
  }

  static void say(String line) {
    System.err.println("bench: " + line);
  }
}
