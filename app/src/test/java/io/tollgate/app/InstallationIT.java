package io.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tollgate.app.stack.DataFolder;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stack of which the operator is apart from the tenants, behind a proxy. */
class InstallationIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;
  private int port;

  private Ran up(String... options) throws Exception {
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    List<String> line =
        new ArrayList<>(List.of("up", "--data", data(), "--port", Integer.toString(port)));
    line.addAll(List.of(options));
    Ran ran = Ran.command(line.toArray(String[]::new));
    assertThat(ran.status()).as(ran.err()).isZero();
    return ran;
  }

  private String data() {
    return folder.resolve("data").toString();
  }

  @AfterEach
  void stop() {
    assertThat(Ran.command("stop", "--data", data()).status()).isZero();
  }

  /** An answer to a request with the operator's secret that says it is forwarded. */
  private HttpResponse<String> operator(String method, String path, String body) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
              .timeout(Duration.ofSeconds(20))
              .header(
                  "Authorization", "Bearer " + new DataFolder(Path.of(data())).readOperatorKey())
              .header("OpenAI-Organization", "acme")
              .header("X-Forwarded-For", "198.51.100.1, 203.0.113.9")
              .method(method, HttpRequest.BodyPublishers.ofString(body))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  @Test
  void isWhatItWasToldOverRestarts() throws Exception {
    Ran up = up("--operator", "apart", "--trusted-proxies", "127.0.0.1,10.0.0.7");
    String script = "set -e\n" + up.out().substring(up.out().indexOf("URL="));
    Process shell = new ProcessBuilder("bash", "-c", script).redirectErrorStream(true).start();
    String printed =
        new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(shell.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(printed).as("what the owner sees").contains("\"id\":\"acme\"");

    String project = "{\"id\":\"p\",\"name\":\"P\"}";
    assertThat(operator("POST", "/v1/organization/projects", project).statusCode()).isEqualTo(403);
    String grant = "{\"permissions\":[\"audit.read\"],\"reason\":\"looking\",\"seconds\":600}";
    assertThat(operator("POST", "/v1/platform/organizations/acme/grants", grant).statusCode())
        .isEqualTo(201);
    JsonNode events =
        JSON.readTree(operator("GET", "/v1/organization/audit_events", "").body()).get("data");
    assertThat(events.findValuesAsText("address"))
        .as("left of the nearest proxy anybody may write anything")
        .contains("203.0.113.9")
        .doesNotContain("198.51.100.1");

    stop();
    up();
    assertThat(operator("POST", "/v1/organization/projects", project).statusCode())
        .as("without the option it stays what it was")
        .isEqualTo(403);

    stop();
    up("--operator", "owner");
    assertThat(operator("POST", "/v1/organization/projects", project).statusCode()).isEqualTo(201);
  }
}
