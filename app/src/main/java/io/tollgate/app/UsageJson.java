package io.tollgate.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.app.api.UsageRow;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Usage as the commands' JSON has it: totals, and one group per organization, workspace and model.
 */
final class UsageJson {
  private UsageJson() {}

  /**
   * Adds {@code requests}, {@code input_tokens}, {@code output_tokens}, {@code costs} and {@code
   * groups}.
   */
  static void put(ObjectNode root, List<UsageRow> rows) {
    long requests = 0;
    long input = 0;
    long output = 0;
    Map<String, BigDecimal> costs = new TreeMap<>();
    ArrayNode groups = root.arrayNode();
    for (UsageRow row : rows) {
      groups
          .addObject()
          .put("organization_id", row.organization().value())
          .put("workspace_id", row.workspace().value())
          .put("model", row.model())
          .put("requests", row.requests())
          .put("input_tokens", row.inputTokens())
          .put("output_tokens", row.outputTokens())
          .put("cost", row.cost().toPlainString())
          .put("currency", row.currency());
      requests += row.requests();
      input += row.inputTokens();
      output += row.outputTokens();
      costs.merge(row.currency(), row.cost(), BigDecimal::add);
    }
    root.put("requests", requests);
    root.put("input_tokens", input);
    root.put("output_tokens", output);
    ObjectNode byCurrency = root.putObject("costs");
    costs.forEach((currency, cost) -> byCurrency.put(currency, cost.toPlainString()));
    root.set("groups", groups);
  }
}
