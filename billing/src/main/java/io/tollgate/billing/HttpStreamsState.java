package io.tollgate.billing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.http.StrictJson;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.OrganizationId;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Asks the streams role over HTTP, as the operator. Thread-safe; an answer is waited for at most 10
 * s.
 */
public final class HttpStreamsState implements StreamsState {
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(ANSWER).build();
  private final Supplier<URI> base;
  private final Supplier<String> operatorSecret;

  /**
   * @param base where the routes of the streams role are, asked for at each call: a listener may
   *     tell its port only after it has started
   * @param operatorSecret of an operator key
   */
  public HttpStreamsState(Supplier<URI> base, Supplier<String> operatorSecret) {
    this.base = base;
    this.operatorSecret = operatorSecret;
  }

  @Override
  public Map<Instant, HourTotals> hours(OrganizationId organization) {
    HttpRequest request =
        HttpRequest.newBuilder(
                base.get().resolve("/v1/platform/streams/tallies?organization_id=" + organization))
            .timeout(ANSWER)
            .header("Authorization", "Bearer " + operatorSecret.get())
            .build();
    try {
      HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() == 404) {
        return Map.of();
      }
      if (response.statusCode() != 200) {
        throw new StreamsUnavailable(
            "the streams role answers " + response.statusCode() + " for tallies");
      }
      return read(response.body());
    } catch (IOException e) {
      throw new StreamsUnavailable("the streams role does not answer: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StreamsUnavailable("interrupted while asking the streams role", e);
    }
  }

  static Map<Instant, HourTotals> read(String body) {
    try {
      Map<Instant, HourTotals> hours = new TreeMap<>();
      for (JsonNode hour : StrictJson.mapper().readTree(body).path("hours")) {
        Map<String, Long> units = new HashMap<>();
        hour.path("units")
            .properties()
            .forEach(unit -> units.put(unit.getKey(), unit.getValue().longValue()));
        hours.put(
            Instant.ofEpochSecond(hour.path("start_time").longValue()),
            new HourTotals(
                hour.path("requests").longValue(),
                units,
                Money.parse(hour.path("cost").asText(""))));
      }
      return hours;
    } catch (JsonProcessingException | InvalidInput e) {
      throw new StreamsUnavailable(
          "the streams role answers something else than tallies: " + e.getMessage(), e);
    }
  }
}
