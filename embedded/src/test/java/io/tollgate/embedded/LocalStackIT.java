package io.tollgate.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalStackIT {
  private static final String SCHEMA = "{\"schema\":\"\\\"string\\\"\"}";
  private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";

  @TempDir Path data;

  @Test
  void keepsPortsPasswordsAndDataFromOneStartToTheNext() throws Exception {
    Map<Part, StackRecord.Entry> first;
    int id;
    try (LocalStack stack =
        LocalStack.in(data).durable(false).progress(System.out::println).start()) {
      assertThat(stack.isHealthy()).isTrue();
      first = record().services();
      assertThat(first.keySet()).containsExactlyInAnyOrder(Part.values());
      assertThat(first.get(Part.KAFKA).pid()).isEqualTo(stack.kafka().pid());
      id = register(stack.registry());

      assertThatThrownBy(() -> LocalStack.in(data).start())
          .isInstanceOf(FolderInUseException.class)
          .hasMessageContaining("in use by the process " + ProcessHandle.current().pid());

      stack.postgres().kill();
      stack.registry().kill();
      stack.postgres().restart();
      stack.registry().restart();
      assertThat(register(stack.registry())).isEqualTo(id);
      assertThat(record().services().get(Part.POSTGRES).pid()).isEqualTo(stack.postgres().pid());
    }
    assertThat(first.values()).noneMatch(entry -> isAlive(entry.pid()));

    try (LocalStack stack = LocalStack.in(data).durable(false).only(Part.REGISTRY).start()) {
      assertThat(record().services().get(Part.REGISTRY).ports())
          .isEqualTo(first.get(Part.REGISTRY).ports());
      assertThat(stack.postgres().password()).isEqualTo(first.get(Part.POSTGRES).password());
      assertThat(register(stack.registry())).isEqualTo(id);
      stack.postgres().kill();
      stack.postgres().restart();
      assertThat(register(stack.registry())).isEqualTo(id);
    }
  }

  @Test
  void servicesEndSoonAfterTheirSupervisorWasKilled() throws Exception {
    Process supervisor = superviseElsewhere(true);
    List<Long> pids =
        record().services().values().stream()
            .map(StackRecord.Entry::pid)
            .filter(pid -> pid != 0)
            .toList();
    assertThat(pids).hasSize(2).allMatch(LocalStackIT::isAlive);

    supervisor.destroyForcibly();

    await()
        .atMost(Duration.ofSeconds(15))
        .until(() -> pids.stream().noneMatch(LocalStackIT::isAlive));
  }

  @Test
  void leftoversOfAKilledSupervisorAreEndedByTheNextOne() throws Exception {
    Process supervisor = superviseElsewhere(false);
    Map<Part, StackRecord.Entry> left = record().services();
    assertThatThrownBy(() -> LocalStack.in(data).start())
        .isInstanceOf(FolderInUseException.class)
        .hasMessageContaining("in use by the process " + supervisor.pid());
    supervisor.destroyForcibly().waitFor();
    assertThat(isAlive(left.get(Part.POSTGRES).pid())).isTrue();

    try (LocalStack stack = LocalStack.in(data).durable(false).only(Part.POSTGRES).start()) {
      assertThat(left.values())
          .filteredOn(entry -> entry.pid() != 0)
          .noneMatch(entry -> isAlive(entry.pid()));
      assertThat(stack.postgres().config().port()).isEqualTo(left.get(Part.POSTGRES).port("port"));
      assertThat(stack.isHealthy()).isTrue();
    }
  }

  @Test
  void aFailedStartShowsTheEndOfTheLog() throws IOException {
    Files.createDirectories(data.resolve("postgres/data"));
    assertThatThrownBy(() -> LocalPostgres.start(LocalPostgres.Config.in(data, "secret")))
        .isInstanceOf(ServiceFailedException.class)
        .hasMessageContaining("postgres ended with status")
        .hasMessageContaining("postgres.log")
        .hasMessageContaining("could not access the server configuration file");
  }

  /** A stack of PostgreSQL and ClickHouse, held by a process that can be killed. */
  static final class Supervisor {
    private Supervisor() {}

    public static void main(String[] args) throws InterruptedException {
      LocalStack.in(Path.of(args[0]))
          .durable(false)
          .only(Part.POSTGRES, Part.CLICKHOUSE)
          .endsWithSupervisor(Boolean.parseBoolean(args[1]))
          .start();
      System.out.println("started");
      TimeUnit.MINUTES.sleep(2);
    }
  }

  private Process superviseElsewhere(boolean endsWithSupervisor) throws IOException {
    Process supervisor =
        new ProcessBuilder(
                ChildJvm.main(
                    128,
                    List.of(),
                    Supervisor.class,
                    List.of(data.toString(), Boolean.toString(endsWithSupervisor))))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertThat(supervisor.inputReader().readLine()).isEqualTo("started");
    return supervisor;
  }

  private StackRecord record() {
    return StackRecord.read(data).orElseThrow();
  }

  private static boolean isAlive(long pid) {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
  }

  private static int register(LocalRegistry registry) throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> registered =
          http.send(
              HttpRequest.newBuilder(URI.create(registry.url() + "/subjects/things-value/versions"))
                  .header("Content-Type", CONTENT_TYPE)
                  .POST(HttpRequest.BodyPublishers.ofString(SCHEMA))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(registered.statusCode()).as(registered.body()).isEqualTo(200);
      int id = Integer.parseInt(registered.body().replaceAll("[^0-9]", ""));
      HttpResponse<String> schema =
          http.send(
              HttpRequest.newBuilder(URI.create(registry.url() + "/schemas/ids/" + id)).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(schema.body()).contains("string");
      return id;
    }
  }
}
