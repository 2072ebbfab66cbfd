package io.tollgate.app.chaos;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.app.api.TollgateClient;
import io.tollgate.app.chaos.NumberedEvents.Key;
import io.tollgate.schemas.OrganizationId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Sets up over the public HTTP API what the traffic needs: prices, tenants, keys, budgets. */
record ChaosTenancy(TollgateClient client) {
  private static final String BOOK = "chaos-prices";

  void setUp(List<ChaosBudget> budgets) {
    prices();
    Map<String, String> workspaces = new LinkedHashMap<>();
    NumberedEvents.keys().forEach(key -> workspaces.put(key.workspace(), key.organization()));
    workspaces.values().stream().distinct().forEach(this::organization);
    workspaces.forEach(
        (workspace, organization) ->
            client.post(
                new OrganizationId(organization), "/v1/organization/projects", named(workspace)));
    for (Key key : NumberedEvents.keys()) {
      client.post(
          new OrganizationId(key.organization()),
          "/v1/organization/projects/" + key.workspace() + "/api_keys",
          named(key.key()));
    }
    budgets.forEach(this::budget);
  }

  private void organization(String id) {
    client.post(
        "/v1/platform/organizations", named(id).put("time_zone", "UTC").put("currency", "USD"));
  }

  private void budget(ChaosBudget budget) {
    ObjectNode body =
        named(budget.id()).put("amount", budget.amount().toPlainString()).put("period", "total");
    ArrayNode thresholds = body.putArray("thresholds");
    ChaosBudget.THRESHOLDS.forEach(threshold -> thresholds.add(threshold.toPlainString()));
    client.post(
        new OrganizationId(budget.organization()),
        budget
            .workspace()
            .map(workspace -> "/v1/organization/projects/" + workspace + "/budgets")
            .orElse("/v1/organization/budgets"),
        body);
  }

  private void prices() {
    client.post("/v1/platform/price_books", object().put("id", BOOK).put("currency", "USD"));
    ObjectNode version = object().put("effective_from", "2020-01-01T00:00:00Z");
    ArrayNode rates = version.putArray("rates");
    NumberedEvents.RATES.forEach(
        (model, meters) ->
            meters.forEach(
                (meter, rate) ->
                    rates
                        .addObject()
                        .put("provider", NumberedEvents.PROVIDER)
                        .put("model", model)
                        .put("meter", meter)
                        .put("rate", rate)));
    client.post("/v1/platform/price_books/" + BOOK + "/versions", version);
  }

  private static ObjectNode named(String id) {
    return object().put("id", id).put("name", id);
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
