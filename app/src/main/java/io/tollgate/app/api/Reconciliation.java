package io.tollgate.app.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** The server's reconciliation, as it told it. */
public record Reconciliation(JsonNode body) {
  public boolean isBalanced() {
    return body.path("balanced").asBoolean(false);
  }

  /** In one line. */
  public String summary() {
    return body.path("summary").asText(isBalanced() ? "balanced" : "not balanced");
  }

  public long ratedRecords() {
    return body.path("rated_records").asLong();
  }

  public long landedRows() {
    return body.path("landed_rows").asLong();
  }

  /** Each difference in one line: organization, hour, and by how much. */
  public List<String> differences() {
    List<String> lines = new ArrayList<>();
    body.path("differences").forEach(difference -> lines.add(difference.toString()));
    return lines;
  }
}
