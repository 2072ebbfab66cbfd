package io.tollgate.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tollgate.schemas.avro.Workspace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The client's bounds and errors against a scripted server; against a real registry see the
 * embedded module.
 */
class RegistryClientTest {
  private record Reply(int status, String body) {}

  private final Deque<Reply> replies = new ArrayDeque<>();
  private final List<String> requests = new ArrayList<>();
  private HttpServer server;
  private RegistryClient client;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/apis/ccompat/v7/");
    client =
        new RegistryClient(
            new RegistrySettings(
                url,
                Optional.of(new RegistrySettings.Credentials("user", "secret")),
                Duration.ofSeconds(5),
                Duration.ofMillis(1)));
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private synchronized void answer(HttpExchange exchange) throws IOException {
    requests.add(
        exchange.getRequestMethod()
            + " "
            + exchange.getRequestURI().getRawPath()
            + " "
            + exchange.getRequestHeaders().getFirst("Authorization"));
    Reply reply = replies.isEmpty() ? new Reply(500, "script is over") : replies.removeFirst();
    byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(reply.status(), body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @Test
  void registersOnceAndRemembers() {
    replies.add(new Reply(200, "{\"id\":7}"));
    assertThat(client.idOf("a b-value", Workspace.getClassSchema())).isEqualTo(7);
    assertThat(client.idOf("a b-value", Workspace.getClassSchema())).isEqualTo(7);
    assertThat(client.schemaOf(7)).isEqualTo(Workspace.getClassSchema());
    assertThat(requests)
        .containsExactly(
            "POST /apis/ccompat/v7/subjects/a+b-value/versions Basic dXNlcjpzZWNyZXQ=");
  }

  @Test
  void triesAgainAFewTimesThenGivesUp() {
    replies.add(new Reply(503, ""));
    replies.add(new Reply(429, ""));
    replies.add(new Reply(200, "{\"id\":7}"));
    assertThat(client.idOf("s", Workspace.getClassSchema())).isEqualTo(7);
    assertThatThrownBy(() -> client.schemaOf(8))
        .isInstanceOf(RegistryUnavailable.class)
        .hasMessageContaining("5 tries");
    assertThat(requests).hasSize(3 + RegistryClient.TRIES);
  }

  @Test
  void tellsIncompatibleFromUnknownFromUnavailable() {
    replies.add(
        new Reply(409, "{\"error_code\":409,\"message\":\"READER_FIELD_MISSING_DEFAULT_VALUE\"}"));
    assertThatThrownBy(() -> client.idOf("s", Workspace.getClassSchema()))
        .isInstanceOf(IncompatibleSchema.class)
        .hasMessageContaining("READER_FIELD_MISSING_DEFAULT_VALUE");
    replies.add(new Reply(404, "{\"error_code\":40403}"));
    assertThatThrownBy(() -> client.schemaOf(9)).isInstanceOf(MalformedRecord.class);
    replies.add(new Reply(200, "not json"));
    assertThatThrownBy(() -> client.schemaOf(9)).isInstanceOf(RegistryUnavailable.class);
    replies.add(new Reply(200, "{\"schema\":\"{\\\"type\\\":\\\"nonsense\\\"}\"}"));
    assertThatThrownBy(() -> client.schemaOf(9)).isInstanceOf(MalformedRecord.class);
  }

  @Test
  void asksForCompatibility() {
    replies.add(new Reply(200, "{\"is_compatible\":false}"));
    assertThat(client.isCompatible("s", Workspace.getClassSchema())).isFalse();
    replies.add(new Reply(404, "{\"error_code\":40401}"));
    assertThat(client.isCompatible("s", Workspace.getClassSchema())).isTrue();
  }

  @Test
  void aServerThatIsNotThereIsUnavailable() {
    server.stop(0);
    assertThatThrownBy(() -> client.schemaOf(1)).isInstanceOf(RegistryUnavailable.class);
  }
}
