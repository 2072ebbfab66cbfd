package io.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tollgate.app.stack.DataFolder;
import io.tollgate.app.stack.InstanceName;
import io.tollgate.app.stack.ReservedPort;
import io.tollgate.app.stack.RoleName;
import io.tollgate.app.stack.ServerProcess;
import io.tollgate.embedded.LocalStack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Every role in one process over real services, and callers of its routes. */
final class RunningLine implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int HEAP_MIB = 768;

  private final LocalStack stack;
  private final ServerProcess server;
  private final URI url;
  private final HttpClient client = HttpClient.newHttpClient();
  private final String operatorKey;

  RunningLine(Path folder) throws IOException {
    DataFolder data = new DataFolder(folder);
    stack = LocalStack.in(folder).durable(false).start();
    stack.postgres().ensureDatabase("tollgate");
    server =
        ServerProcess.spawn(
            new ServerProcess.Launch(
                    data,
                    ReservedPort.free(RandomGenerator.getDefault()),
                    List.of(RoleName.values()),
                    new InstanceName("all"),
                    HEAP_MIB,
                    false)
                .briefly());
    url = server.awaitReady(step -> {}).url();
    operatorKey = data.readOperatorKey();
  }

  record Response(int status, String text) {
    JsonNode body() {
      try {
        return JSON.readTree(text);
      } catch (IOException e) {
        throw new UncheckedIOException(text, e);
      }
    }

    String text(String pointer) {
      return body().at(pointer).asText();
    }
  }

  /** Somebody with a secret; none for a stranger. */
  record Caller(RunningLine line, @Nullable String secret, @Nullable String organization) {
    Caller as(String otherSecret) {
      return new Caller(line, otherSecret, null);
    }

    Caller on(String organizationId) {
      return new Caller(line, secret, organizationId);
    }

    Response get(String path) {
      return line.send(this, "GET", path, "application/json", "");
    }

    /** Whatever the method; a post of an event is one of CloudEvents. */
    Response send(String method, String path, String body) {
      String type = path.equals("/v1/events") ? "application/cloudevents+json" : "application/json";
      return line.send(this, method, path, type, body);
    }

    /** Posts JSON in which single quotes stand for double ones. */
    Response post(String path, String json) {
      return line.send(this, "POST", path, "application/json", json.replace('\'', '"'));
    }

    Response delete(String path) {
      return line.send(this, "DELETE", path, "application/json", "");
    }

    /** As {@link #post}, of something that must be made. */
    JsonNode made(String path, String json) {
      Response response = post(path, json);
      assertThat(response.status()).as("%s: %s", path, response.text()).isBetween(200, 202);
      return response.body();
    }
  }

  Caller operator() {
    return new Caller(this, operatorKey, null);
  }

  Caller stranger() {
    return new Caller(this, null, null);
  }

  LocalStack stack() {
    return stack;
  }

  /** An organization with an owner, who is given. */
  Caller organization(String id) {
    JsonNode made =
        operator()
            .made(
                "/v1/platform/organizations",
                "{'id':'"
                    + id
                    + "','name':'N','time_zone':'UTC','currency':'USD',"
                    + "'owner':{'email':'owner@"
                    + id
                    + ".example','name':'O'}}");
    return operator().as(made.at("/owner/personal_key/value").asText());
  }

  /** A new member whom an owner invites. */
  Caller join(Caller owner, String email, String terms) {
    String token =
        owner
            .made("/v1/organization/invites", "{'email':'" + email + "'," + terms + "}")
            .get("token")
            .asText();
    JsonNode accepted =
        owner.made("/v1/organization/invites/accept", "{'token':'" + token + "','name':'P'}");
    return owner.as(accepted.at("/personal_key/value").asText());
  }

  private Response send(Caller caller, String method, String path, String type, String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url.resolve(path))
            .timeout(Duration.ofSeconds(60))
            .header("Content-Type", type)
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (caller.secret() != null) {
      request.header("Authorization", "Bearer " + caller.secret());
    }
    if (caller.organization() != null) {
      request.header("OpenAI-Organization", caller.organization());
    }
    try {
      HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
      return new Response(response.statusCode(), response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.stop(Duration.ofSeconds(20));
    stack.close();
    client.close();
  }
}
