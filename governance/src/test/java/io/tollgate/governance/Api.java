package io.tollgate.governance;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.http.Guard;
import io.tollgate.http.StrictJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A caller of governance's routes with one secret. */
record Api(
    HttpClient client,
    int port,
    String secret,
    @Nullable String organization,
    @Nullable String version) {
  record Response(int status, JsonNode body, String tag) {
    String text(String pointer) {
      return body.at(pointer).asText();
    }
  }

  Api on(String organizationId) {
    return new Api(client, port, secret, organizationId, null);
  }

  Api as(String otherSecret) {
    return new Api(client, port, otherSecret, null, null);
  }

  /** Whose changes are meant for this version only. */
  Api ifMatch(String tag) {
    return new Api(client, port, secret, organization, tag);
  }

  /** An answer that is JSON lines, line by line. */
  List<String> lines(String path) throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(20))
            .header("Authorization", "Bearer " + secret);
    if (organization != null) {
      request.header(Guard.ORGANIZATION_HEADER, organization);
    }
    return client.send(request.build(), BodyHandlers.ofLines()).body().toList();
  }

  Response get(String path) {
    return send("GET", path, null);
  }

  /** Posts JSON in which single quotes stand for double ones. */
  Response post(String path, String json) {
    return send("POST", path, json.replace('\'', '"'));
  }

  Response put(String path, String json) {
    return send("PUT", path, json.replace('\'', '"'));
  }

  Response patch(String path, String json) {
    return send("PATCH", path, json.replace('\'', '"'));
  }

  Response delete(String path) {
    return send("DELETE", path, null);
  }

  Response delete(String path, String json) {
    return send("DELETE", path, json.replace('\'', '"'));
  }

  private Response send(String method, String path, @Nullable String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(20))
            .header("Authorization", "Bearer " + secret)
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (organization != null) {
      request.header(Guard.ORGANIZATION_HEADER, organization);
    }
    if (version != null) {
      request.header("If-Match", version);
    }
    try {
      HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
      return new Response(
          response.statusCode(),
          StrictJson.mapper().readTree(response.body()),
          response.headers().firstValue("ETag").orElse(""));
    } catch (IOException e) {
      throw new IllegalStateException(method + " " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(method + " " + path, e);
    }
  }
}
