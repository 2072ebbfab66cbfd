package io.tollgate.app.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.YearMonth;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the line counted, asked over the public HTTP API. */
public final class Books {
  private final TollgateClient client;

  public Books(TollgateClient client) {
    this.client = client;
  }

  /** Every organization there is; for the operator. */
  public List<OrganizationId> organizations() {
    return client.list(Optional.empty(), "/v1/platform/organizations").stream()
        .map(node -> new OrganizationId(node.path("id").asText()))
        .toList();
  }

  /** Amounts of the budgets that are on a whole workspace. */
  public Map<WorkspaceId, BigDecimal> budgetsByWorkspace(OrganizationId organization) {
    Map<WorkspaceId, BigDecimal> amounts = new HashMap<>();
    for (JsonNode budget : client.list(Optional.of(organization), "/v1/organization/budgets")) {
      if (budget.path("project_id").isTextual() && !budget.path("api_key_id").isTextual()) {
        amounts.put(
            new WorkspaceId(budget.path("project_id").asText()),
            new BigDecimal(budget.path("amount").asText()));
      }
    }
    return amounts;
  }

  /** The draft or final invoice as text. */
  public String invoiceText(OrganizationId organization, YearMonth month) {
    return client.text(organization, "/v1/organization/invoices/" + month);
  }

  public JsonNode invoice(OrganizationId organization, YearMonth month) {
    return client.get(organization, "/v1/organization/invoices/" + month);
  }

  /** Alerts of an organization, newest last. */
  public List<JsonNode> alerts(OrganizationId organization) {
    return client.list(Optional.of(organization), "/v1/organization/alerts");
  }

  public Reconciliation reconcile() {
    return new Reconciliation(client.get("/v1/platform/reconciliation"));
  }

  public JsonNode landing() {
    return client.get("/v1/platform/landing");
  }

  /** Committed offsets of usage.rated that have not landed. */
  public long landingLag() {
    return landing().path("lag").asLong(Long.MAX_VALUE);
  }

  /** What each workspace used of each model from one instant to the other, and what it cost. */
  public List<UsageRow> usage(OrganizationId organization, Instant from, Instant to) {
    return List.of();
  }
}
