package io.tollgate.app.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.app.api.TollgateClient.Parameter;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

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

  /** Alerts of an organization, oldest first. */
  public List<JsonNode> alerts(OrganizationId organization) {
    return client
        .list(Optional.of(organization), "/v1/organization/alerts", new Parameter("limit", "100"))
        .reversed();
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

  /**
   * What each workspace used of each model, and what it cost.
   *
   * @param from whole seconds count; a fraction is cut off
   * @param to exclusive; a fraction is rounded up
   */
  public UsageAnswer usage(OrganizationId organization, Instant from, Instant to) {
    Parameter[] range = {
      new Parameter("start_time", Long.toString(from.getEpochSecond())),
      new Parameter("end_time", Long.toString(to.plusNanos(999_999_999).getEpochSecond())),
      new Parameter("bucket_width", "1d"),
      new Parameter("limit", "31"),
      new Parameter("group_by", "project_id"),
    };
    Map<Place, Sum> sums =
        new TreeMap<>(Comparator.comparing(Place::workspace).thenComparing(Place::model));
    long completeThrough = Long.MAX_VALUE;
    for (JsonNode page :
        client.pages(organization, "/v1/organization/usage/completions", with(range, "model"))) {
      completeThrough =
          Math.min(completeThrough, page.path("complete_through").asLong(Long.MAX_VALUE));
      for (JsonNode result : results(page)) {
        sums.computeIfAbsent(
                new Place(result.path("project_id").asText(), result.path("model").asText()),
                place -> new Sum())
            .addUsage(result);
      }
    }
    for (JsonNode page :
        client.pages(organization, "/v1/organization/costs", with(range, "line_item"))) {
      for (JsonNode result : results(page)) {
        // A line item is a model and a meter; the model may have a comma of its own.
        String item = result.path("line_item").asText();
        String model = item.substring(0, Math.max(0, item.lastIndexOf(", ")));
        sums.computeIfAbsent(
                new Place(result.path("project_id").asText(), model), place -> new Sum())
            .addCost(result);
      }
    }
    List<UsageRow> rows = new ArrayList<>();
    sums.forEach((place, sum) -> rows.add(sum.row(organization, place)));
    return new UsageAnswer(
        rows,
        completeThrough == Long.MAX_VALUE
            ? Optional.empty()
            : Optional.of(Instant.ofEpochSecond(completeThrough)));
  }

  /**
   * @param completeThrough every event accepted before it is in the rows, where that is known
   */
  public record UsageAnswer(List<UsageRow> rows, Optional<Instant> completeThrough) {
    public UsageAnswer {
      rows = List.copyOf(rows);
    }
  }

  private record Place(String workspace, String model) {}

  private static final class Sum {
    private long requests;
    private long inputTokens;
    private long outputTokens;
    private BigDecimal cost = BigDecimal.ZERO;
    private String currency = "";

    void addUsage(JsonNode result) {
      requests += result.path("num_model_requests").asLong();
      inputTokens += result.path("input_tokens").asLong();
      outputTokens += result.path("output_tokens").asLong();
    }

    void addCost(JsonNode result) {
      currency = result.at("/amount/currency").asText().toUpperCase(Locale.ROOT);
      cost = cost.add(new BigDecimal(result.at("/amount/value_exact").asText()));
    }

    UsageRow row(OrganizationId organization, Place place) {
      return new UsageRow(
          organization,
          new WorkspaceId(place.workspace()),
          place.model(),
          requests,
          inputTokens,
          outputTokens,
          cost,
          currency);
    }
  }

  private static Parameter[] with(Parameter[] range, String group) {
    Parameter[] all = Arrays.copyOf(range, range.length + 1);
    all[range.length] = new Parameter("group_by", group);
    return all;
  }

  private static List<JsonNode> results(JsonNode page) {
    List<JsonNode> results = new ArrayList<>();
    page.path("data").forEach(bucket -> bucket.path("results").forEach(results::add));
    return results;
  }
}
