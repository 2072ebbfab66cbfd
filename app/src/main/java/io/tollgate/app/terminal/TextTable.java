package io.tollgate.app.terminal;

import java.util.ArrayList;
import java.util.List;

/** A table in plain text: columns as wide as their widest cell, numbers to the right. */
public final class TextTable {
  private static final String GAP = "  ";

  private final List<String> headings;
  private final List<Boolean> numeric = new ArrayList<>();
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * @param headings one per column; a leading {@code >} marks a column of numbers
   */
  public TextTable(String... headings) {
    List<String> shown = new ArrayList<>();
    for (String heading : headings) {
      numeric.add(heading.startsWith(">"));
      shown.add(heading.startsWith(">") ? heading.substring(1) : heading);
    }
    this.headings = List.copyOf(shown);
  }

  public TextTable row(String... cells) {
    if (cells.length != headings.size()) {
      throw new IllegalArgumentException(
          cells.length + " cells for " + headings.size() + " columns");
    }
    rows.add(List.of(cells));
    return this;
  }

  public boolean isEmpty() {
    return rows.isEmpty();
  }

  public List<String> lines() {
    int[] widths = new int[headings.size()];
    List<List<String>> all = new ArrayList<>();
    all.add(headings);
    all.addAll(rows);
    for (List<String> row : all) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    return all.stream().map(row -> line(row, widths)).toList();
  }

  private String line(List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String cell = row.get(i);
      String padding = " ".repeat(widths[i] - cell.length());
      line.append(i == 0 ? "" : GAP).append(numeric.get(i) ? padding + cell : cell + padding);
    }
    return line.toString().stripTrailing();
  }
}
