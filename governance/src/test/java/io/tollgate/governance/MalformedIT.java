package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.http.StrictJson;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A table of malformed requests, each with its exact answer; afterwards everything is as before.
 * Requests are written to the socket as they stand in the table: a client would tidy them up.
 */
@ExtendWith(SharedStack.class)
class MalformedIT {
  private static final Pattern MACRO = Pattern.compile("<(?:u:([0-9a-f]{4})|(.)\\*([0-9]+))>");

  private static final Pattern LENGTH =
      Pattern.compile("content-length: *([0-9]+)", Pattern.CASE_INSENSITIVE);

  /** What a refused request may leave behind: that it was refused. */
  private static final List<String> MAY_GROW =
      List.of("audit", "audit_heads", "audit_chains", "outbox", "flyway_schema_history");

  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningGovernance running;
  private static @Nullable GovernanceConfig config;
  private static @Nullable Api admin;

  @BeforeAll
  static void start() throws Exception {
    config = SharedStack.config("malformed", Objects.requireNonNull(folder));
    running = new RunningGovernance(config);
    Api operator = running.operator();
    operator.post(
        "/v1/platform/organizations",
        "{'id':'malformed','name':'N','time_zone':'UTC','currency':'USD'}");
    admin =
        operator.as(
            operator
                .post("/v1/platform/organizations/malformed/admin_api_keys", "{'name':'A'}")
                .text("/value"));
    admin.post("/v1/organization/projects", "{'id':'mal','name':'P'}");
  }

  @AfterAll
  static void stop() {
    Objects.requireNonNull(running).close();
  }

  private record Line(
      String text,
      String request,
      String body,
      int status,
      String code,
      String param,
      String message) {
    static Line of(String text) {
      String[] parts = text.split(" \\| ", 6);
      return new Line(
          text, parts[0], parts[1], Integer.parseInt(parts[2]), parts[3], parts[4], parts[5]);
    }
  }

  @Test
  void getTheirAnswersAndChangeNothing() throws Exception {
    Map<String, String> before = tables();
    List<String> wrong = new ArrayList<>();
    int lines = 0;
    for (Line line : table()) {
      lines++;
      String answer = answer(line);
      String wanted = wanted(line);
      if (!answer.equals(wanted)) {
        wrong.add(line.text() + "\n  answers " + answer);
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(lines).isGreaterThan(50);
    assertThat(tables()).isEqualTo(before);
  }

  private static String wanted(Line line) {
    return unfolded(
        String.join(
            " | ", Integer.toString(line.status()), line.code(), line.param(), line.message()));
  }

  private static List<Line> table() throws IOException {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(
                    MalformedIT.class.getResourceAsStream("/malformed-requests.txt")),
                StandardCharsets.UTF_8))) {
      return reader
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(Line::of)
          .toList();
    }
  }

  private static String unfolded(String text) {
    return MACRO.matcher(text).replaceAll(MalformedIT::macro);
  }

  private static String macro(MatchResult found) {
    if (found.group(1) != null) {
      return Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(found.group(1), 16)));
    }
    int times = Integer.parseInt(found.group(3));
    String letter = found.group(2);
    return Matcher.quoteReplacement(
        letter.equals("[") ? "[".repeat(times) + "]".repeat(times) : letter.repeat(times));
  }

  private static String answer(Line line) throws IOException {
    Api caller = Objects.requireNonNull(admin);
    String type = "application/json";
    String body = line.body().equals("-") ? "" : line.body();
    if (body.startsWith("text/plain:") || body.startsWith("application/xml:")) {
      type = body.substring(0, body.indexOf(':'));
      body = body.substring(body.indexOf(':') + 1);
    }
    byte[] bytes = unfolded(body).getBytes(StandardCharsets.UTF_8);
    String head =
        unfolded(line.request())
            + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer "
            + caller.secret()
            + "\r\nContent-Type: "
            + type
            + "\r\nContent-Length: "
            + bytes.length
            + "\r\n\r\n";
    try (Socket socket = new Socket("127.0.0.1", caller.port())) {
      socket.setSoTimeout(10_000);
      OutputStream out = socket.getOutputStream();
      try {
        out.write(head.getBytes(StandardCharsets.UTF_8));
        out.write(bytes);
        out.flush();
      } catch (SocketException e) {
        // The server may have answered and closed before it was sent everything.
        assertThat(bytes.length).isGreaterThan(4 << 20);
      }
      return shown(response(socket.getInputStream()));
    } catch (SocketTimeoutException e) {
      return "no answer";
    }
  }

  /** Up to the end that the head announces: the connection may stay open. */
  private static String response(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        break;
      }
      head.write(next);
    }
    String text = head.toString(StandardCharsets.ISO_8859_1);
    Matcher length = LENGTH.matcher(text);
    byte[] body =
        length.find() ? in.readNBytes(Integer.parseInt(length.group(1))) : in.readAllBytes();
    return text + new String(body, StandardCharsets.UTF_8);
  }

  private static String shown(String response) throws IOException {
    String status = response.split(" ", 3)[1];
    String body = response.substring(response.indexOf("\r\n\r\n") + 4);
    String json = body.substring(body.indexOf('{'), body.lastIndexOf('}') + 1);
    JsonNode error = StrictJson.mapper().readTree(json).at("/error");
    return String.join(
        " | ",
        status,
        error.at("/code").asText(),
        error.at("/param").isNull() ? "-" : error.at("/param").asText(),
        error.at("/message").asText());
  }

  /** A digest of every table's rows. */
  private static Map<String, String> tables() {
    try (Database database = Database.open(Objects.requireNonNull(config).database())) {
      return database.read(
          handle -> {
            Map<String, String> digests = new TreeMap<>();
            List<String> names =
                handle
                    .createQuery(
                        "SELECT table_name FROM information_schema.tables"
                            + " WHERE table_schema = 'governance'")
                    .mapTo(String.class)
                    .list();
            Stream<String> counted = names.stream().filter(name -> !MAY_GROW.contains(name));
            counted.forEach(
                name ->
                    digests.put(
                        name,
                        handle
                            .createQuery(
                                "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, '\n'"
                                    + " ORDER BY t::text)), '') FROM governance."
                                    + name
                                    + " t")
                            .mapTo(String.class)
                            .one()));
            return digests;
          });
    }
  }
}
