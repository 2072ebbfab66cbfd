package io.tollgate.streams;

import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Sends a call on to the instance that can answer it, once: a call that was sent on already is
 * never sent on again. The caller's own secret goes along and is judged there as here; the header
 * that marks the call gives no rights.
 */
final class Forwarder implements AutoCloseable {
  static final String HEADER = "Tollgate-Forwarded";

  /** Tasks settle within a second or two of a rebalance. */
  static final Duration TRY_AGAIN = Duration.ofSeconds(1);

  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final List<String> HEADERS = List.of("Authorization", Guard.ORGANIZATION_HEADER);

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(CONNECT).version(HttpClient.Version.HTTP_1_1).build();

  /**
   * What the other instance answers.
   *
   * @param parameters of the query, that are sent along where they were given
   * @throws Refusal 503 if it does not answer, or if this call was sent here by another instance
   */
  Answer forward(Call call, URI owner, String path, List<String> parameters) {
    if (call.header(HEADER).isPresent()) {
      throw Refusal.tooBusy("tallies are moving between instances", TRY_AGAIN);
    }
    List<String> query = new ArrayList<>();
    for (String parameter : parameters) {
      call.query().text(parameter).ifPresent(value -> query.add(parameter + "=" + encode(value)));
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                owner.resolve(query.isEmpty() ? path : path + "?" + String.join("&", query)))
            .timeout(ANSWER)
            .header(HEADER, "1");
    for (String header : HEADERS) {
      call.header(header).ifPresent(value -> request.header(header, value));
    }
    try {
      return answer(http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray()));
    } catch (IOException e) {
      throw Refusal.tooBusy("the instance that has these tallies does not answer", TRY_AGAIN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Refusal.tooBusy("interrupted", TRY_AGAIN);
    }
  }

  private static Answer answer(HttpResponse<byte[]> response) {
    return new Answer(
        response.statusCode(),
        response.headers().firstValue("Content-Type").orElse("application/json"),
        response.body(),
        response
            .headers()
            .firstValue("Retry-After")
            .map(after -> Map.of("Retry-After", after))
            .orElseGet(Map::of));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    http.close();
  }
}
