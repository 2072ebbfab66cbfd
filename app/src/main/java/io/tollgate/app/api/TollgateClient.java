package io.tollgate.app.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tollgate.app.stack.StackProblem;
import io.tollgate.schemas.OrganizationId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Asks one Tollgate over its public HTTP API. Every request is bounded in time; numbers are read as
 * decimals, never as binary fractions. An error of the server becomes an {@link ApiProblem} with
 * the server's one line.
 */
public final class TollgateClient implements AutoCloseable {
  /** Reconciliation reads whole topics; everything else answers in well under a second. */
  private static final Duration ANSWER = Duration.ofSeconds(120);

  private static final Duration CONNECT = Duration.ofSeconds(3);

  /** Bound on following a list; far above any installation this client is for. */
  private static final int MOST_PAGES = 10_000;

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private final URI base;
  private final String secret;
  private final HttpClient http;

  /**
   * @param base such as {@code http://127.0.0.1:8787}
   * @param secret a bearer secret; operator, admin or API key
   */
  public TollgateClient(URI base, String secret) {
    this.base = base;
    this.secret = secret;
    this.http =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .version(HttpClient.Version.HTTP_1_1)
            .build();
  }

  public URI base() {
    return base;
  }

  /** A query parameter; order is kept and a name may come twice. */
  public record Parameter(String name, String value) {
    String encoded() {
      return encode(name) + "=" + encode(value);
    }

    private static String encode(String text) {
      return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
  }

  public JsonNode get(String path, Parameter... query) {
    return json(send("GET", path, Optional.empty(), List.of(query), null, "application/json"));
  }

  /** As the operator on behalf of an organization. */
  public JsonNode get(OrganizationId organization, String path, Parameter... query) {
    return json(
        send("GET", path, Optional.of(organization), List.of(query), null, "application/json"));
  }

  public String text(OrganizationId organization, String path, Parameter... query) {
    return send("GET", path, Optional.of(organization), List.of(query), null, "text/plain").body();
  }

  public JsonNode post(String path, JsonNode body) {
    return json(send("POST", path, Optional.empty(), List.of(), body, "application/json"));
  }

  public JsonNode post(OrganizationId organization, String path, JsonNode body) {
    return json(send("POST", path, Optional.of(organization), List.of(), body, "application/json"));
  }

  public JsonNode put(String path, JsonNode body) {
    return json(send("PUT", path, Optional.empty(), List.of(), body, "application/json"));
  }

  /** Every item of a list, page by page. */
  public List<JsonNode> list(
      Optional<OrganizationId> organization, String path, Parameter... query) {
    List<JsonNode> items = new ArrayList<>();
    pages(organization, path, query).forEach(page -> page.path("data").forEach(items::add));
    return items;
  }

  /** Every page of an answer. */
  public List<JsonNode> pages(OrganizationId organization, String path, Parameter... query) {
    return pages(Optional.of(organization), path, query);
  }

  private List<JsonNode> pages(
      Optional<OrganizationId> organization, String path, Parameter... query) {
    List<JsonNode> pages = new ArrayList<>();
    List<Parameter> asked = new ArrayList<>(List.of(query));
    while (pages.size() < MOST_PAGES) {
      JsonNode answer = json(send("GET", path, organization, asked, null, "application/json"));
      pages.add(answer);
      Optional<Parameter> next = next(answer);
      if (next.isEmpty()) {
        return pages;
      }
      asked.removeIf(parameter -> parameter.name().equals(next.get().name()));
      asked.add(next.get());
    }
    throw new ApiProblem(500, path + " does not end after " + MOST_PAGES + " pages");
  }

  private static Optional<Parameter> next(JsonNode answer) {
    if (!answer.path("has_more").asBoolean(false)) {
      return Optional.empty();
    }
    JsonNode page = answer.path("next_page");
    return page.isTextual()
        ? Optional.of(new Parameter("page", page.textValue()))
        : Optional.of(new Parameter("after", answer.path("last_id").asText()));
  }

  /** What {@code /health} says; an empty object when nothing answers. */
  public JsonNode health() {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(base.resolve("/health")).timeout(CONNECT).GET().build();
      return json(http.send(request, HttpResponse.BodyHandlers.ofString()));
    } catch (IOException notThere) {
      return JSON.createObjectNode();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return JSON.createObjectNode();
    }
  }

  private HttpResponse<String> send(
      String method,
      String path,
      Optional<OrganizationId> organization,
      List<Parameter> query,
      @Nullable JsonNode body,
      String accept) {
    String parameters = String.join("&", query.stream().map(Parameter::encoded).toList());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(base.resolve(parameters.isEmpty() ? path : path + "?" + parameters))
            .timeout(ANSWER)
            .header("Authorization", "Bearer " + secret)
            .header("Accept", accept);
    organization.ifPresent(id -> request.header("OpenAI-Organization", id.value()));
    if (body == null) {
      request.method(method, HttpRequest.BodyPublishers.noBody());
    } else {
      request.header("Content-Type", "application/json");
      request.method(method, HttpRequest.BodyPublishers.ofString(body.toString()));
    }
    try {
      HttpResponse<String> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() / 100 != 2) {
        throw problem(response);
      }
      return response;
    } catch (ConnectException e) {
      throw new StackProblem("nothing answers at " + base + "; ./tollgate up starts a stack", e);
    } catch (IOException e) {
      throw new StackProblem(base + " does not answer: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackProblem("interrupted while waiting for " + base, e);
    }
  }

  private static JsonNode json(HttpResponse<String> response) {
    try {
      return JSON.readTree(response.body());
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("the answer is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** The server's own words: OpenAI's error object, a problem document, or the bare status. */
  private static ApiProblem problem(HttpResponse<String> response) {
    String message = "";
    try {
      JsonNode body = JSON.readTree(response.body());
      message = body.at("/error/message").asText(body.path("detail").asText(""));
    } catch (JsonProcessingException notJson) {
      message = response.body().lines().findFirst().orElse("");
    }
    return new ApiProblem(
        response.statusCode(),
        (message.isEmpty() ? "the server answered " + response.statusCode() : message)
            + " ("
            + response.request().method()
            + " "
            + response.request().uri().getPath()
            + ", status "
            + response.statusCode()
            + ")");
  }

  @Override
  public void close() {
    http.close();
  }
}
