package io.tollgate.app;

import io.tollgate.app.api.Books;
import io.tollgate.app.api.TollgateClient;
import io.tollgate.app.api.UsageRow;
import io.tollgate.app.run.RunResult;
import io.tollgate.app.terminal.Shown;
import io.tollgate.app.terminal.TextTable;
import io.tollgate.schemas.OrganizationId;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.time.YearMonth;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What demo and replay print at the end; every figure from the public HTTP API, but for those that
 * say otherwise.
 */
final class Report {
  private final PrintWriter out;
  private final Books books;

  Report(PrintWriter out, TollgateClient client) {
    this.out = out;
    this.books = new Books(client);
  }

  void demo(RunResult result, YearMonth month) {
    usage(result.after());
    for (OrganizationId organization : organizations(result.after())) {
      out.println();
      out.print(books.invoiceText(organization, month));
    }
    verdict(result);
  }

  void usage(List<UsageRow> rows) {
    out.println();
    usageTable(rows).lines().forEach(out::println);
    out.flush();
  }

  static TextTable usageTable(List<UsageRow> rows) {
    TextTable table =
        new TextTable("workspace", "model", ">requests", ">tokens in", ">tokens out", ">cost", "");
    Map<String, BigDecimal> costs = new TreeMap<>();
    long requests = 0;
    long input = 0;
    long output = 0;
    for (UsageRow row : rows) {
      table.row(
          row.workspace().value(),
          row.model(),
          Shown.count(row.requests()),
          Shown.count(row.inputTokens()),
          Shown.count(row.outputTokens()),
          Shown.exact(row.cost()),
          row.currency());
      requests += row.requests();
      input += row.inputTokens();
      output += row.outputTokens();
      costs.merge(row.currency(), row.cost(), BigDecimal::add);
    }
    String cost = costs.size() == 1 ? Shown.exact(costs.values().iterator().next()) : "";
    String currency = costs.size() == 1 ? costs.keySet().iterator().next() : "";
    return table.row(
        "total",
        "",
        Shown.count(requests),
        Shown.count(input),
        Shown.count(output),
        cost,
        currency);
  }

  void verdict(RunResult result) {
    out.println();
    for (RunResult.Check check : result.checks()) {
      out.println((check.holds() ? "  yes  " : "  NO   ") + check.text());
    }
    result.reconciliation().differences().forEach(line -> out.println("       " + line));
    out.flush();
  }

  private static Set<OrganizationId> organizations(List<UsageRow> rows) {
    Set<OrganizationId> organizations = new LinkedHashSet<>();
    rows.forEach(row -> organizations.add(row.organization()));
    return organizations;
  }
}
