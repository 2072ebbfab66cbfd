package io.tollgate.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tollgate.app.api.Books;
import io.tollgate.app.api.TollgateClient;
import io.tollgate.app.terminal.Shown;
import io.tollgate.app.terminal.TextTable;
import io.tollgate.schemas.OrganizationId;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Thresholds that were crossed. */
@Command(
    name = "alerts",
    description = {"Lists the budget thresholds that were crossed, oldest first.", ""})
final class AlertsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private OrganizationChoice organizations;
  @Mixin private Connection connection;

  @Option(
      names = "--json",
      description = "Print a JSON array of alerts: stable names, money as strings.")
  private boolean json;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (TollgateClient client = connection.client()) {
      Books books = new Books(client);
      ArrayNode alerts = JsonNodeFactory.instance.arrayNode();
      for (OrganizationId organization : organizations.of(books)) {
        books.alerts(organization).forEach(alerts::add);
      }
      if (json) {
        out.println(alerts.toPrettyString());
      } else if (alerts.isEmpty()) {
        out.println("No threshold was crossed.");
      } else {
        table(alerts).lines().forEach(out::println);
      }
      out.flush();
      return ExitCode.OK;
    }
  }

  private static TextTable table(ArrayNode alerts) {
    TextTable table =
        new TextTable("raised at", "budget", ">threshold", ">spend", ">amount", "", ">percent", "");
    for (JsonNode alert : alerts) {
      table.row(
          Instant.ofEpochSecond(alert.path("raised_at").asLong()).toString(),
          alert.path("budget_name").asText(),
          percent(alert.path("threshold")),
          Shown.exact(decimal(alert.path("spend"))),
          Shown.exact(decimal(alert.path("amount"))),
          alert.path("currency").asText(),
          Shown.exact(decimal(alert.path("percentage"))),
          alert.path("kind").asText());
    }
    return table;
  }

  private static String percent(JsonNode fraction) {
    return decimal(fraction).movePointRight(2).stripTrailingZeros().toPlainString() + "%";
  }

  private static BigDecimal decimal(JsonNode text) {
    return new BigDecimal(text.asText("0"));
  }
}
