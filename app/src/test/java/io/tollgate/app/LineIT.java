package io.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tollgate.app.stack.DataFolder;
import io.tollgate.app.stack.PortCheck;
import io.tollgate.embedded.Part;
import io.tollgate.embedded.StackRecord;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * One stack, as a user has it: brought up, tried with the commands it prints, fed a real trace
 * twice, killed, and brought up again. The order matters: each test leaves the stack running for
 * the next.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LineIT {
  private static final String TRACE = "azure-llm-2023-conv.csv.gz";
  private static final Duration RECOVERY = Duration.ofSeconds(90);

  @TempDir private static Path folder;

  private static String data;
  private static int port;
  private static Ran up;

  @BeforeAll
  static void bringUp() throws IOException {
    data = folder.resolve("data").toString();
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    up = up();
  }

  @AfterAll
  static void stop() {
    Ran stopped = Ran.command("stop", "--data", data);
    assertThat(stopped.status()).isZero();
    assertThat(new DataFolder(Path.of(data)).running()).isEmpty();
    assertThat(Ran.command("stop", "--data", data).out()).startsWith("No stack is running");
  }

  private static Ran up() {
    Ran ran = Ran.command("up", "--data", data, "--port", Integer.toString(port));
    assertThat(ran.status()).as(ran.err()).isZero();
    return ran;
  }

  @Test
  @Order(1)
  void theCommandsThatUpPrintsWorkWordForWord() throws IOException, InterruptedException {
    assertThat(up.out()).contains("operator.key").contains("http://127.0.0.1:" + port);
    String script = "set -e\n" + up.out().substring(up.out().indexOf("URL="));
    Process shell =
        new ProcessBuilder("bash", "-c", script)
            .directory(Repository.root().toFile())
            .redirectErrorStream(true)
            .start();
    String printed = read(shell.getInputStream());

    assertThat(shell.waitFor(60, TimeUnit.SECONDS)).as(printed).isTrue();
    assertThat(shell.exitValue()).as(printed).isZero();
    assertThat(printed)
        .contains("\"accepted\":1")
        .containsPattern("acme-chat +gpt-5.4 +1 +200,000 +520,000 +8.30 +USD")
        .containsPattern("Chat, month +80% +8.30 +10.00 +USD +83.00 +crossed");
  }

  /**
   * A route that a role serves without a line in its list or a schema, or a line without a route,
   * fails.
   */
  @Test
  @Order(1)
  void theDocumentHasEveryRouteOfEveryRole() throws IOException {
    JsonNode document;
    try (InputStream in =
        URI.create("http://127.0.0.1:" + port + "/openapi.json").toURL().openStream()) {
      document = new ObjectMapper().readTree(in);
    }
    Set<String> served = new TreeSet<>();
    document
        .get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        one -> {
                          String name =
                              one.getValue().at("/tags/0").asText()
                                  + " "
                                  + one.getKey().toUpperCase(Locale.ROOT)
                                  + " "
                                  + path.getKey();
                          served.add(name);
                          JsonNode answers = one.getValue().at("/responses/2XX/content");
                          assertThat(answers).as(name).isNotEmpty();
                          answers.forEach(
                              type -> assertThat(type.path("schema")).as(name).isNotEmpty());
                        }));
    Set<String> listed = new TreeSet<>();
    for (JsonNode tag : document.get("tags")) {
      String role = tag.get("name").asText();
      try (InputStream in = LineIT.class.getResourceAsStream("/openapi/" + role + ".txt")) {
        if (in != null) {
          read(in)
              .lines()
              .filter(line -> !line.isBlank() && !line.startsWith("#"))
              .forEach(line -> listed.add(role + " " + line.split(" \\|", 2)[0]));
        }
      }
    }

    assertThat(served).isEqualTo(listed);
    assertThat(served).hasSizeGreaterThan(100);
    assertThat(LinePermissions.told(document))
        .isEqualTo(
            LinePermissions.read().stream()
                .map(LinePermissions.Route::told)
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  @Test
  @Order(2)
  void theTopicsAndTheAuditAreWhatTheDatabaseSays() {
    Ran topics = Ran.command("governance", "verify", "--data", data);
    assertThat(topics.status()).as(topics.err() + topics.out()).isZero();
    assertThat(topics.out()).startsWith("Equal: ");
    assertThat(Ran.command("governance", "republish", "--data", data).out())
        .startsWith("Nothing to republish: ");
    Ran audit = Ran.command("audit", "verify", "--data", data);
    assertThat(audit.status()).as(audit.err() + audit.out()).isZero();
    assertThat(audit.out()).startsWith("Unchanged: ");
  }

  @Test
  @Order(2)
  void aRealTraceCostsWhatAnIndependentComputationSays() throws IOException {
    Path file = Repository.shared(TRACE);
    Ran ran = Ran.command("replay", file.toString(), "--json", "--data", data);
    JsonNode told = ran.json();
    TraceCost own = new TraceCost(file, 42);

    assertThat(ran.status()).as(ran.err()).isZero();
    assertThat(told.get("requests").asLong()).isEqualTo(19_366);
    assertThat(told.get("input_tokens").asLong()).isEqualTo(22_361_870);
    assertThat(told.get("output_tokens").asLong()).isEqualTo(4_088_665);
    assertThat(told.get("accepted").asLong()).isEqualTo(19_366);
    assertThat(told.get("duplicates").asLong()).isZero();
    assertThat(told.get("balanced").asBoolean()).isTrue();
    assertThat(new BigDecimal(told.get("cost").textValue()))
        .isEqualByComparingTo(TraceCost.dollars(own.total[3]));
    Map<String, List<BigInteger>> groups = new TreeMap<>();
    for (JsonNode group : told.get("groups")) {
      groups.put(
          group.get("organization_id").asText()
              + "/"
              + group.get("workspace_id").asText()
              + "/"
              + group.get("model").asText(),
          List.of(
              group.get("requests").bigIntegerValue(),
              group.get("input_tokens").bigIntegerValue(),
              group.get("output_tokens").bigIntegerValue(),
              new BigDecimal(group.get("cost").textValue())
                  .movePointRight(12)
                  .toBigIntegerExact()));
    }
    Map<String, List<BigInteger>> computed = new TreeMap<>();
    own.groups.forEach((group, sums) -> computed.put(group, List.of(sums)));
    assertThat(groups).isEqualTo(computed);
  }

  @Test
  @Order(3)
  void theSameAgainIsAllDuplicatesAndNothingGrows() throws IOException {
    Path file = Repository.shared(TRACE);
    JsonNode before = reconciled().get("totals");
    Ran ran = Ran.command("replay", file.toString(), "--json", "--data", data);
    JsonNode told = ran.json();

    assertThat(ran.status()).as(ran.err()).isZero();
    assertThat(told.get("accepted").asLong()).isZero();
    assertThat(told.get("duplicates").asLong()).isEqualTo(19_366);
    assertThat(told.get("rated_records").asLong()).isEqualTo(before.get("rated").asLong());
    assertThat(told.get("landed_rows").asLong()).isEqualTo(before.get("landed_rows").asLong());
    assertThat(told.get("requests").asLong()).isEqualTo(19_366);
  }

  @Test
  @Order(4)
  void theReadingCommandsAgreeWithEachOther() throws IOException {
    JsonNode usage = read("usage", "--month", "2023-11");
    JsonNode invoices = read("invoice", "--month", "2023-11");
    BigDecimal invoiced = BigDecimal.ZERO;
    for (JsonNode invoice : invoices) {
      invoiced = invoiced.add(new BigDecimal(invoice.get("total_exact").textValue()));
    }

    assertThat(invoiced).isEqualByComparingTo(usage.at("/costs/USD").textValue());
    assertThat(usage.get("complete_through").isTextual()).isTrue();
    assertThat(read("alerts", "--organization", "acme")).hasSize(1);
    assertThat(read("alerts", "--organization", "demo-foxglove")).isEmpty();
    assertThat(Ran.command("invoice", "--month", "2023-11", "--data", data).out())
        .contains("Harbor Bakery")
        .as("no request of this trace crosses a context tier")
        .doesNotContain("over 0")
        .contains("TOTAL");
    JsonNode status = Ran.command("status", "--json", "--data", data).json();
    assertThat(status.get("status").asText()).isEqualTo("up");
    assertThat(status.get("roles")).hasSize(5);
  }

  @Test
  @Order(5)
  void wrongInputGetsOneLineAndAStatus() throws IOException {
    Path bad =
        Files.writeString(
            folder.resolve("bad.csv"),
            "TIMESTAMP,ContextTokens,GeneratedTokens\n"
                + "2026-06-01 00:00:00,1,1\n"
                + "2026-06-01 00:00:01,x,1\n");
    Path good =
        Files.writeString(
            folder.resolve("good.csv"),
            "TIMESTAMP,ContextTokens,GeneratedTokens\n2026-06-01 00:00:00,1,1\n");
    Path future =
        Files.writeString(
            folder.resolve("future.csv"),
            "TIMESTAMP,ContextTokens,GeneratedTokens\n2500-01-01 00:00:00,1,1\n");
    JsonNode before = reconciled().get("totals");
    record Wrong(int status, String message, String... command) {}
    List<Wrong> table =
        List.of(
            new Wrong(2, "there is no such file", "replay", folder.resolve("none.csv").toString()),
            new Wrong(2, "line 3, ContextTokens = x: must be", "replay", bad.toString()),
            new Wrong(2, "--shift", "replay", future.toString()),
            new Wrong(2, "organization_id = \"nobody\"", "usage", "--organization", "nobody"),
            new Wrong(
                2, "--organization = no/body: must match", "usage", "--organization", "no/body"),
            new Wrong(2, "--month = june", "usage", "--month", "june"),
            new Wrong(2, "--month = 2026-13", "invoice", "--month", "2026-13"),
            new Wrong(2, "--from = x", "usage", "--from", "x"),
            new Wrong(2, "--url", "replay", good.toString(), "--url", "http://127.0.0.1:1"),
            new Wrong(3, "nothing answers at", "usage", "--url", "http://127.0.0.1:1"),
            new Wrong(3, "is in use by the process", "up"));
    for (Wrong wrong : table) {
      List<String> command = new ArrayList<>(List.of(wrong.command()));
      command.addAll(List.of("--data", data));
      Ran ran = Ran.command(command.toArray(String[]::new));
      assertThat(ran.status()).as(command + ran.err()).isEqualTo(wrong.status());
      assertThat(ran.err().lines())
          .as(command.toString())
          .singleElement()
          .asString()
          .contains(wrong.message());
      assertThat(ran.out()).isEmpty();
    }
    assertThat(reconciled().get("totals")).as("nothing was half published").isEqualTo(before);

    Ran taken =
        Ran.command(
            "up", "--data", folder.resolve("other").toString(), "--port", Integer.toString(port));
    assertThat(taken.status()).isEqualTo(3);
    assertThat(taken.err().lines()).singleElement().asString().contains("port " + port);
    Ran nowhere = Ran.command("usage", "--data", folder.resolve("nowhere").toString());
    assertThat(nowhere.status()).isEqualTo(3);
    assertThat(nowhere.err()).contains("no stack is running").hasLineCount(1);
  }

  @Test
  @Order(6)
  void wholePriceFilesArePublishedOnceTheyCanBe() {
    String litellm =
        Repository.shared("litellm-model_prices_and_context_window-2026-07-28.json.gz").toString();
    String genai = Repository.shared("genai-prices-v2-data.json.gz").toString();

    Ran first = importPrices(litellm);
    Ran retroactive = importPrices(litellm, "--effective-from", "2026-01-01T00:00:00Z");
    Ran second = importPrices(litellm);
    Ran gap = importPrices(genai, "--effective-from", "2023-01-01T00:00:00Z");
    Ran dated = importPrices(genai);

    assertThat(first.status()).as(first.err()).isZero();
    assertThat(first.out()).containsPattern("Published litellm/1: .* [0-9]+,[0-9]{3} rates");
    assertThat(retroactive.status()).isEqualTo(2);
    assertThat(retroactive.err()).contains("--effective-from", "what they priced stays");
    assertThat(second.status()).as(second.err()).isZero();
    assertThat(second.out()).contains("Published litellm/2: ");
    assertThat(gap.status()).isEqualTo(2);
    assertThat(gap.err()).contains("only one version can begin in the past");
    assertThat(dated.status()).as(dated.err()).isZero();
    assertThat(dated.out()).contains("Published genai-prices/1: ");
    await().atMost(RECOVERY).until(() -> Ran.command("reconcile", "--data", data).status() == 0);
  }

  private static Ran importPrices(String file, String... more) {
    List<String> command = new ArrayList<>(List.of("import-prices", file, "--publish"));
    command.addAll(List.of(more));
    command.addAll(List.of("--data", data));
    return Ran.command(command.toArray(String[]::new));
  }

  @Test
  @Order(7)
  void aKilledServiceComesBackByItself() throws IOException {
    JsonNode before = read("usage", "--month", "2023-11");
    kill(StackRecord.read(Path.of(data)).orElseThrow().services().get(Part.KAFKA).pid());
    kill(StackRecord.read(Path.of(data)).orElseThrow().services().get(Part.CLICKHOUSE).pid());

    await()
        .atMost(RECOVERY)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> Ran.command("reconcile", "--data", data).status() == 0);
    assertThat(read("usage", "--month", "2023-11").get("groups")).isEqualTo(before.get("groups"));
  }

  @Test
  @Order(8)
  void aKilledStackComesUpAgainWithEverything() throws IOException {
    JsonNode before = read("usage", "--month", "2023-11");
    long pid = new DataFolder(Path.of(data)).running().orElseThrow().pid();
    kill(pid);
    assertThat(Ran.command("status", "--data", data).status()).isEqualTo(3);
    await().atMost(RECOVERY).until(() -> PortCheck.isFree(port));
    Ran again = up();

    assertThat(again.err()).doesNotContain("price list");
    assertThat(reconciled().get("balanced").asBoolean()).isTrue();
    assertThat(read("usage", "--month", "2023-11").get("groups")).isEqualTo(before.get("groups"));
    assertThat(read("alerts", "--organization", "acme")).as("alerts are not told again").hasSize(1);
  }

  private static JsonNode reconciled() throws IOException {
    Ran ran = Ran.command("reconcile", "--json", "--data", data);
    assertThat(ran.status()).as(ran.out() + ran.err()).isZero();
    return ran.json();
  }

  private static JsonNode read(String... command) throws IOException {
    List<String> line = new ArrayList<>(List.of(command));
    line.addAll(List.of("--json", "--data", data));
    Ran ran = Ran.command(line.toArray(String[]::new));
    assertThat(ran.status()).as(line + ran.err()).isZero();
    return ran.json();
  }

  private static String read(InputStream in) throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }

  private static void kill(long pid) {
    ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
    process.destroyForcibly();
    process.onExit().join();
  }
}
