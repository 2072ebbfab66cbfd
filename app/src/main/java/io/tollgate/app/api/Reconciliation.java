package io.tollgate.app.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The server's reconciliation, as it told it. */
public record Reconciliation(JsonNode body) {
  private static final List<String> OUTCOMES =
      List.of(
          "rated",
          "duplicate",
          "rejected",
          "unrated",
          "waiting",
          "rerouted",
          "voids",
          "withdrawn",
          "written_off");

  public boolean isBalanced() {
    return body.path("balanced").asBoolean(false);
  }

  /** In one line. */
  public String summary() {
    JsonNode lag = body.path("lag");
    if (body.path("incomplete").asBoolean(false)) {
      return "the line was not at rest: %s events without an outcome, %s waiting, %s offsets not landed%s"
          .formatted(
              lag.path("events").asText(),
              lag.path("waiting").asText(),
              lag.path("landing").asText(),
              lag.path("reason").isTextual() ? " (" + lag.path("reason").asText() + ")" : "");
    }
    JsonNode totals = body.path("totals");
    List<String> parts = new ArrayList<>();
    for (String outcome : OUTCOMES) {
      long count = totals.path(outcome).asLong();
      if (count > 0 || outcome.equals("rated")) {
        parts.add(count(count) + " " + outcome.replace('_', ' '));
      }
    }
    List<String> costs = new ArrayList<>();
    totals
        .path("costs")
        .forEach(
            cost -> costs.add(cost.path("cost").asText() + " " + cost.path("currency").asText()));
    long reversals = totals.path("reversals").asLong();
    return "%s events accepted = %s; %s rows landed%s, %s%s"
        .formatted(
            count(totals.path("events").asLong()),
            String.join(" + ", parts),
            count(landedRows()),
            reversals == 0 ? "" : " with " + count(reversals) + " reversals",
            costs.isEmpty() ? "nothing spent" : String.join(", ", costs),
            isBalanced() ? "" : "; " + body.path("differences_found").asText() + " differences");
  }

  private static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** Rated records in the topic, reversals included, over all time. */
  public long ratedRecords() {
    JsonNode totals = body.path("totals");
    return totals.path("rated").asLong() + totals.path("reversals").asLong();
  }

  /** Rows in ClickHouse, over all time. */
  public long landedRows() {
    return body.path("totals").path("landed_rows").asLong();
  }

  /**
   * Each difference in one line: organization, hour, and by how much; then what could not be
   * compared.
   */
  public List<String> differences() {
    List<String> lines = new ArrayList<>();
    body.path("differences").forEach(difference -> lines.add(line(difference)));
    body.path("remarks").forEach(remark -> lines.add("remark: " + remark.asText()));
    return lines;
  }

  private static String line(JsonNode difference) {
    List<String> parts = new ArrayList<>();
    for (String place : List.of("organization_id", "hour", "partition")) {
      if (!difference.path(place).isMissingNode() && !difference.path(place).isNull()) {
        parts.add(place.replace("_id", "") + " " + difference.path(place).asText());
      }
    }
    List<String> sources = new ArrayList<>();
    for (String source : List.of("broker", "streams", "landed")) {
      if (difference.path(source).isTextual()) {
        sources.add(source + " " + difference.path(source).asText());
      }
    }
    return "%s: %s differs by %s (%s)%s"
        .formatted(
            String.join(", ", parts),
            difference.path("measure").asText(),
            difference.path("difference").asText(),
            String.join(", ", sources),
            difference.path("detail").isTextual() ? "; " + difference.path("detail").asText() : "");
  }
}
