package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tollgate.governance.audit.AuditVerification;
import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.http.Guard;
import io.tollgate.schemas.Topics;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Takes the database away from under a governance that is being asked. */
@ExtendWith(SharedStack.class)
class DatabaseOutageIT {
  private static final Duration ARRIVES = Duration.ofSeconds(60);

  /** A connection is waited for 2 s, a server that is silent 15 s. */
  private static final Duration ANSWERED = Duration.ofSeconds(25);

  private static final String PROJECTS = "/v1/organization/projects";
  private static final int SENDERS = 3;

  /** By every sender before and after. */
  private static final int SOME = 10;

  private record Sent(int status, String body, boolean saysWhen, Duration took) {}

  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void isAnsweredWith503UntilItEndsAndNothingIsDoneTwice(@TempDir Path data, @TempDir Path folder)
      throws Exception {
    try (OwnPostgres postgres = OwnPostgres.in(data)) {
      GovernanceConfig config = postgres.config("outage", folder);
      try (RunningGovernance running = new RunningGovernance(config)) {
        Api operator = within(running, "outage");
        AtomicBoolean stopping = new AtomicBoolean();
        List<Sender> senders =
            IntStream.range(0, SENDERS)
                .mapToObj(i -> new Sender(operator, "outage-" + i + "-", stopping))
                .toList();
        int guesses;
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
          List<Future<Integer>> sending = senders.stream().map(executor::submit).toList();
          awaitMore(senders);
          postgres.kill();
          everyRouteSaysSo(operator);
          guesses = guess(operator);
          await().atMost(ARRIVES).until(() -> senders.stream().noneMatch(Sender::wasNeverRefused));
          Sent health = send(operator, "GET", "/health", "", Optional.empty());
          assertThat(health.status()).isEqualTo(503);
          assertThat(health.body()).contains("changes wait in the outbox").doesNotContain("127.0.");

          postgres.restart();
          await()
              .atMost(ARRIVES)
              .until(() -> send(operator, "GET", "/health", "", Optional.empty()).status() == 200);
          awaitMore(senders);
          stopping.set(true);
          for (Future<Integer> one : sending) {
            assertThat(one.get()).isPositive();
          }
        } finally {
          stopping.set(true);
        }
        everythingIsThereOnce(running, config, senders);
        try (Database database = Database.connect(config.database())) {
          await()
              .atMost(ARRIVES)
              .until(
                  () ->
                      count(
                              database,
                              "SELECT coalesce(sum(attempts), 0) FROM audit"
                                  + " WHERE outcome = 'refused' AND actor_kind = 'anyone'")
                          == guesses);
        }
      }
    }
  }

  @Test
  void isAnsweredWith503WhileItStandsStill(@TempDir Path data, @TempDir Path folder)
      throws Exception {
    try (OwnPostgres postgres = OwnPostgres.in(data)) {
      GovernanceConfig config = postgres.config("frozen", folder);
      try (RunningGovernance running = new RunningGovernance(config)) {
        Api operator = within(running, "frozen");
        postgres.freeze();
        try {
          everyRouteSaysSo(operator);
          await()
              .atMost(ARRIVES)
              .until(() -> send(operator, "GET", "/health", "", Optional.empty()).status() == 503);
        } finally {
          postgres.thaw();
        }
        await()
            .atMost(ARRIVES)
            .until(() -> send(operator, "GET", "/health", "", Optional.empty()).status() == 200);
        assertThat(send(operator, "GET", PROJECTS, "", Optional.empty()).status()).isEqualTo(200);
      }
    }
  }

  /** An organization of its own: all tests of this module share the topics. */
  private static Api within(RunningGovernance running, String organization) throws Exception {
    running
        .operator()
        .post(
            "/v1/platform/organizations",
            "{'id':'%s','name':'N','time_zone':'UTC','currency':'USD'}".formatted(organization));
    return running.operator().on(organization);
  }

  /** Posts projects, each until it is answered for good, under a key so that it is made once. */
  private final class Sender implements Callable<Integer> {
    private final Api operator;
    private final String prefix;
    private final AtomicBoolean stopping;
    private final AtomicInteger made = new AtomicInteger();
    private final List<Sent> refused = new ArrayList<>();
    private final List<Sent> answerLost = new ArrayList<>();

    Sender(Api operator, String prefix, AtomicBoolean stopping) {
      this.operator = operator;
      this.prefix = prefix;
      this.stopping = stopping;
    }

    @Override
    public Integer call() throws Exception {
      while (!stopping.get()) {
        String id = prefix + made.get();
        String body = "{'id':'" + id + "','name':'P'}";
        Sent sent = send(operator, "POST", PROJECTS, body, Optional.of(id));
        boolean wasRefused = false;
        while (sent.status() == 503 && !stopping.get()) {
          assertIsRefusal(sent);
          refused.add(sent);
          wasRefused = true;
          sent = send(operator, "POST", PROJECTS, body, Optional.of(id));
        }
        if (sent.status() == 409 && wasRefused) {
          assertThat(sent.body()).contains("its answer is not there");
          answerLost.add(sent);
        } else {
          assertThat(sent.status()).as(sent.body()).isEqualTo(201);
        }
        made.incrementAndGet();
      }
      return made.get();
    }

    boolean wasNeverRefused() {
      return refused.isEmpty();
    }
  }

  private static void assertIsRefusal(Sent sent) {
    assertThat(sent.status()).as(sent.body()).isEqualTo(503);
    assertThat(sent.body()).contains("\"too_busy\"", "the database does not answer now");
    assertThat(sent.saysWhen()).as("it says when to try again").isTrue();
    assertThat(sent.took()).isLessThan(ANSWERED);
  }

  private void everyRouteSaysSo(Api operator) throws Exception {
    List<List<String>> requests =
        List.of(
            List.of("GET", PROJECTS, ""),
            List.of("GET", PROJECTS + "/none", ""),
            List.of("GET", "/v1/organization/config?effective=true", ""),
            List.of("GET", "/v1/organization/audit_events", ""),
            List.of("GET", "/v1/organization/users", ""),
            List.of("PATCH", "/v1/organization", "{'name':'M'}"),
            List.of("POST", "/v1/organization/spend_alerts", SPEND),
            List.of("POST", "/v1/organization/budgets", BUDGET),
            List.of("PUT", "/v1/organization/limits", "{'requests_per_minute':5}"),
            List.of("POST", "/v1/organization/alert_channels", CHANNEL),
            List.of("DELETE", PROJECTS + "/none?confirm=none", ""));
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Sent>> answers =
          requests.stream()
              .map(
                  one ->
                      executor.submit(
                          () ->
                              send(operator, one.get(0), one.get(1), one.get(2), Optional.empty())))
              .toList();
      for (Future<Sent> answer : answers) {
        assertIsRefusal(answer.get());
      }
    }
  }

  private static final String BUDGET = "{'name':'B','amount':'10','period':'month'}";
  private static final String SPEND =
      "{'currency':'USD','interval':'month','threshold_amount':100,"
          + "'notification_channel':{'type':'email','recipients':['a@example.com']}}";
  private static final String CHANNEL = "{'name':'C','url':'https://example.com/hook'}";

  /** Who has no right is told so as ever, and it is counted. */
  private int guess(Api operator) throws Exception {
    int guesses = 3;
    for (int i = 0; i < guesses; i++) {
      Sent sent =
          send(
              operator.as("tg-op-" + "x".repeat(43)).on("outage"),
              "GET",
              PROJECTS,
              "",
              Optional.empty());
      assertThat(sent.status()).isEqualTo(401);
      assertThat(sent.took()).isLessThan(ANSWERED);
    }
    return guesses;
  }

  private static void everythingIsThereOnce(
      RunningGovernance running, GovernanceConfig config, List<Sender> senders) {
    try (Database database = Database.connect(config.database())) {
      for (Sender sender : senders) {
        assertThat(
                count(
                    database,
                    "SELECT count(*) FROM workspaces WHERE id LIKE '" + sender.prefix + "%'"))
            .as("refused %d times, answer lost %d times", sender.refused.size(), lost(sender))
            .isEqualTo(sender.made.get());
        running.published(
            Topics.WORKSPACES, sender.prefix + (sender.made.get() - 1), Optional::isPresent);
      }
      assertThat(
              new TopicVerification(database, config.kafka(), InstantSource.system())
                  .verify()
                  .differences())
          .noneMatch(one -> one.key().startsWith("outage"));
      assertThat(
              new AuditVerification(database, config.kafka(), InstantSource.system())
                  .verify()
                  .findings())
          .noneMatch(line -> line.contains("organization outage"));
    }
  }

  private static int lost(Sender sender) {
    return sender.answerLost.size();
  }

  private static void awaitMore(List<Sender> senders) {
    for (Sender sender : senders) {
      int wanted = sender.made.get() + SOME;
      await().atMost(ARRIVES).until(() -> sender.made.get() >= wanted);
    }
  }

  private static long count(Database database, String sql) {
    return database.read(handle -> handle.createQuery(sql).mapTo(Long.class).one());
  }

  private Sent send(Api caller, String method, String path, String json, Optional<String> key)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + caller.port() + path))
            .timeout(ANSWERED.multipliedBy(2))
            .header("Authorization", "Bearer " + caller.secret())
            .header(Guard.ORGANIZATION_HEADER, Objects.requireNonNull(caller.organization()))
            .method(
                method,
                json.isEmpty()
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofString(json.replace('\'', '"')));
    key.ifPresent(name -> request.header("Idempotency-Key", name));
    Instant begin = Instant.now();
    HttpResponse<String> answer = client.send(request.build(), BodyHandlers.ofString());
    return new Sent(
        answer.statusCode(),
        answer.body(),
        answer.headers().firstValue("Retry-After").isPresent(),
        Duration.between(begin, Instant.now()));
  }
}
