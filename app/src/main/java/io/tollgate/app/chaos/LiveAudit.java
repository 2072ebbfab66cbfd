package io.tollgate.app.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.app.api.ApiProblem;
import io.tollgate.app.api.TollgateClient;
import io.tollgate.app.api.TollgateClient.Parameter;
import io.tollgate.app.chaos.NumberedEvents.Key;
import io.tollgate.app.stack.StackProblem;
import io.tollgate.schemas.OrganizationId;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Asks a streams instance over HTTP for the live totals of every API key, whoever has them, and
 * holds them against what the traffic comes to.
 */
record LiveAudit(String instance, TollgateClient client) {
  private static final String LIVE = "/v1/organization/usage/live";
  private static final Parameter ALL_TIME = new Parameter("period", "total");

  /** Whether everything that was accepted before is tallied, as this instance tells it. */
  boolean isCompleteThrough(long epochSecond) {
    try {
      for (String organization :
          NumberedEvents.keys().stream().map(Key::organization).distinct().toList()) {
        JsonNode answer = client.get(new OrganizationId(organization), LIVE, ALL_TIME);
        if (answer.path("complete_through").asLong(0) < epochSecond) {
          return false;
        }
      }
      return true;
    } catch (ApiProblem | StackProblem notNow) {
      return false;
    }
  }

  List<String> differences(Map<String, Total> wanted) {
    List<String> differences = new ArrayList<>();
    for (Key key : NumberedEvents.keys()) {
      Total total = wanted.getOrDefault(key.key(), Total.NONE);
      Total found = total(key);
      if (!found.equals(total)) {
        differences.add(
            "live usage of %s by %s: wanted %s, found %s"
                .formatted(key.key(), instance, total, found));
      }
    }
    return differences;
  }

  private Total total(Key key) {
    JsonNode answer =
        client.get(
            new OrganizationId(key.organization()),
            LIVE,
            ALL_TIME,
            new Parameter("api_key_id", key.key()));
    Map<String, Long> units = new TreeMap<>();
    answer
        .path("units")
        .properties()
        .forEach(unit -> units.put(unit.getKey(), unit.getValue().longValue()));
    return new Total(
        answer.path("requests").longValue(), units, new BigDecimal(answer.path("cost").asText()));
  }
}
