package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.governance.audit.AuditVerification;
import io.tollgate.governance.store.Actor;
import io.tollgate.governance.store.AuditEntry;
import io.tollgate.governance.store.AuditRows;
import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.http.StrictJson;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Writes an audit with real parts, and then does to it what must not go unnoticed. */
@ExtendWith(SharedStack.class)
class AuditIT {
  private static final Duration ARRIVES = Duration.ofSeconds(20);

  /** How long a row may be without an anchor on the topic, and the machine slow. */
  private static final Duration SOON = Duration.ofSeconds(10);

  private static final Duration LOOK = Duration.ofMillis(50);
  private static final String BUDGETS = "/v1/organization/budgets";

  /** Its own, because the topic is shared by all tests of this module. */
  private static final String ORGANIZATION = "audited";

  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningGovernance running;
  private static @Nullable Database database;
  private static @Nullable GovernanceConfig config;
  private static @Nullable Api operator;
  private static @Nullable Api admin;

  /** Who has not been refused yet. */
  private static @Nullable Api unrefused;

  @BeforeAll
  static void start() throws Exception {
    config = SharedStack.config("audit", Objects.requireNonNull(folder));
    running = new RunningGovernance(config);
    database = Database.connect(config.database());
    operator = running.operator();
    operator.post(
        "/v1/platform/organizations",
        "{'id':'audited','name':'N','time_zone':'UTC','currency':'USD'}");
    on().post(BUDGETS, "{'id':'watched','name':'B','amount':'10','period':'month'}");
    on().patch(BUDGETS + "/watched", "{'amount':'20'}");
    on().post(BUDGETS, "{'id':'b2','name':'B','amount':'10','period':'month'}");
    on().delete(BUDGETS + "/b2");
    admin = newAdmin();
    unrefused = newAdmin();
  }

  /** Used once, so that guesses from the same address do not keep it out. */
  private static Api newAdmin() {
    Api made =
        on().as(
                Objects.requireNonNull(operator)
                    .post("/v1/platform/organizations/audited/admin_api_keys", "{'name':'A'}")
                    .text("/value"));
    assertThat(made.get(BUDGETS).status()).isEqualTo(200);
    return made;
  }

  private static Api admin() {
    return Objects.requireNonNull(admin);
  }

  @AfterAll
  static void stop() {
    database().close();
    Objects.requireNonNull(running).close();
  }

  private static Database database() {
    return Objects.requireNonNull(database);
  }

  private static Api on() {
    return Objects.requireNonNull(operator).on(ORGANIZATION);
  }

  @Test
  void saysWhoDidWhatFromWhereAndHow() {
    Map<String, Object> row = row("budget.updated", "watched");

    assertThat(row)
        .containsEntry("chain", ORGANIZATION)
        .containsEntry("outcome", "done")
        .containsEntry("actor_kind", "operator")
        .containsEntry("address", "127.0.0.1")
        .containsEntry("route", "PATCH /v1/organization/budgets/{budget_id}")
        .containsEntry("subject_kind", "budget");
    assertThat((String) row.get("before")).contains("\"amount\":\"10\"", "\"version\":1");
    assertThat((String) row.get("after")).contains("\"amount\":\"20\"", "\"version\":2");
    assertThat(row("budget.created", "watched").get("before")).isNull();
    assertThat(row("budget.deleted", "b2").get("after")).isNull();
  }

  @Test
  void hasARefusedAttemptBeforeItIsAnswered() {
    Api first = Objects.requireNonNull(unrefused);
    long before = refused(ORGANIZATION, "admin_key");
    for (int attempt = 1; attempt <= 10; attempt++) {
      assertThat(first.get("/v1/platform/organizations").status()).isEqualTo(403);
      assertThat(refused(ORGANIZATION, "admin_key"))
          .as("of a caller's first ten no kill can lose one that was answered")
          .isEqualTo(before + attempt);
    }
  }

  @Test
  void namesTheWorkspaceOfARefusedAttempt() {
    on().post("/v1/organization/projects", "{'id':'aud-p','name':'P'}");
    String wrong = "{'name':'B','amount':'-1','period':'month'}";
    String right = "{'name':'B','amount':'1','period':'month'}";
    assertThat(admin().post("/v1/organization/projects/aud-p/budgets", wrong).status())
        .isEqualTo(400);
    assertThat(admin().post("/v1/organization/projects/aud-none/budgets", right).status())
        .isEqualTo(404);
    assertThat(admin().post("/v1/organization/projects/a%20b/budgets", right).status())
        .isEqualTo(400);

    Api.Response events = on().get("/v1/organization/audit_events?outcome=refused&limit=3");
    assertThat(events.text("/data/2/project_id")).isEqualTo("aud-p");
    assertThat(events.text("/data/2/after/status")).isEqualTo("400");
    for (int row = 0; row < 2; row++) {
      assertThat(events.body().at("/data/" + row + "/project_id").isNull())
          .as("what is no workspace of the organization is in the path only")
          .isTrue();
    }
    assertThat(events.text("/data/1/after/path")).contains("aud-none");
  }

  @Test
  void countsAFloodOfRefusedAttemptsAndLosesNone() {
    assertThat(admin().get("/v1/platform/organizations").status()).isEqualTo(403);
    admin().post(BUDGETS, "{'name':'B','amount':'-1','period':'month'}");
    // After it nobody guesses from this address for a while: most are refused without a look.
    int attempts = 300;
    Api nobody = on().as("tg-op-" + "x".repeat(43));
    Instant begin = Instant.now();
    for (int i = 0; i < attempts; i++) {
      nobody.get("/v1/platform/organizations");
    }
    long seconds = Duration.between(begin, Instant.now()).toSeconds() + 1;

    await().atMost(ARRIVES).until(() -> refused(AuditEntry.INSTALLATION, "anyone") >= attempts);
    await().atMost(ARRIVES).until(() -> refused(ORGANIZATION, "admin_key") >= 2);
    assertThat(refused(AuditEntry.INSTALLATION, "anyone")).isEqualTo(attempts);
    long rows =
        count("SELECT count(*) FROM audit WHERE outcome = 'refused' AND actor_kind = 'anyone'");
    assertThat(rows)
        .as("rows in %d s: ten, and two a second", seconds)
        .isLessThanOrEqualTo(10 + 2 * seconds + 1);
  }

  @Test
  void showsEverythingWithBeforeAndAfterToThoseWhoMayReadIt() throws Exception {
    String events = "/v1/organization/audit_events";
    Api.Response edited = on().get(events + "?event_types[]=budget.updated&limit=1");
    assertThat(edited.status()).as(edited.body().toString()).isEqualTo(200);
    assertThat(edited.text("/data/0/before/amount")).isEqualTo("10");
    assertThat(edited.text("/data/0/after/amount")).isEqualTo("20");
    assertThat(edited.text("/data/0/actor/kind")).isEqualTo("operator");
    assertThat(edited.text("/data/0/subject/id")).isEqualTo("watched");
    assertThat(on().get(events + "?resource_ids[]=b2").body().path("data")).hasSize(2);
    assertThat(on().get(events + "?effective_at[lt]=1").body().path("data")).isEmpty();
    assertThat(on().get(events + "?after=audit_other_1").text("/error/param")).isEqualTo("after");
    assertThat(on().get(events + "?order=up").text("/error/param")).isEqualTo("order");

    Api.Response newest = on().get(events + "?limit=2");
    Api.Response older = on().get(events + "?limit=1&after=" + newest.text("/last_id"));
    Api.Response back = on().get(events + "?limit=2&before=" + older.text("/first_id"));
    assertThat(back.body().path("data")).isEqualTo(newest.body().path("data"));

    Api.Response installation =
        Objects.requireNonNull(operator).get("/v1/platform/audit_events?order=asc&limit=1");
    assertThat(installation.text("/data/0/type")).isEqualTo("operator_key.created");
  }

  @Test
  void exportsJsonLinesThatHashToTheChain() throws Exception {
    List<String> lines = on().lines("/v1/organization/audit_events?format=jsonl");
    byte[] hash = AuditEntry.beginning();
    assertThat(lines).hasSizeGreaterThanOrEqualTo(5);
    for (String line : lines) {
      JsonNode row = StrictJson.mapper().readTree(line);
      hash = entry(line, row).hash(hash);
      assertThat(HexFormat.of().formatHex(hash)).as(line).isEqualTo(row.path("hash").asText());
    }
  }

  /** The row as whoever has only the export reads it: before and after byte for byte. */
  private static AuditEntry entry(String line, JsonNode row) {
    return new AuditEntry(
        ORGANIZATION,
        row.path("sequence").asLong(),
        Instant.parse(row.path("at").asText()),
        row.path("type").asText(),
        AuditEntry.Outcome.of(row.path("outcome").asText()),
        row.path("attempts").asLong(),
        new Actor(
            row.at("/actor/kind").asText(),
            row.at("/actor/id").asText(),
            row.at("/actor/email").textValue()),
        row.path("address").textValue(),
        row.path("route").textValue(),
        row.at("/subject/kind").asText(),
        row.at("/subject/id").asText(),
        row.path("project_id").textValue(),
        raw(line, "before", "after"),
        raw(line, "after", "hash"));
  }

  private static @Nullable String raw(String line, String field, String next) {
    int start = line.indexOf("\"" + field + "\":") + field.length() + 3;
    String raw = line.substring(start, line.lastIndexOf(",\"" + next + "\":"));
    return raw.equals("null") ? null : raw;
  }

  @Test
  void isAppendOnly() {
    for (String change :
        List.of(
            "UPDATE audit SET actor = 'somebody else'", "DELETE FROM audit", "TRUNCATE audit")) {
      assertThatThrownBy(() -> database().write(handle -> handle.execute(change)))
          .hasMessageContaining("only ever added");
    }
  }

  /** What somebody with all rights on the database, but none on the topic, could do. */
  @SuppressWarnings("ImmutableEnumChecker") // the list is one that cannot be changed
  private enum Forgery {
    ALTERED("UPDATE audit SET after = replace(after, '20', '21') WHERE sequence = 3"),
    ALTERED_BY_A_NANO("UPDATE audit SET at = at + interval '1 microsecond' WHERE sequence = 3"),
    REMOVED("DELETE FROM audit WHERE sequence = 3"),
    REMOVED_AND_RENUMBERED(
        "DELETE FROM audit WHERE sequence = 3",
        "UPDATE audit SET sequence = sequence - 1 WHERE sequence > 3",
        "UPDATE audit_chains SET sequence = sequence - 1"),
    SWAPPED(
        "UPDATE audit SET sequence = 1000003 WHERE sequence = 4",
        "UPDATE audit SET sequence = 4 WHERE sequence = 3",
        "UPDATE audit SET sequence = 3 WHERE sequence = 1000003"),
    TRUNCATED(
        "DELETE FROM audit WHERE sequence >= 3",
        "UPDATE audit_chains SET sequence = 2, hash ="
            + " (SELECT hash FROM audit WHERE chain = 'audited' AND sequence = 2)"),
    EMPTIED("DELETE FROM audit", "DELETE FROM audit_chains"),
    WRITTEN_ANEW("UPDATE audit SET actor = 'somebody else' WHERE sequence = 3");

    @SuppressWarnings("ImmutableEnumChecker") // a list that cannot be changed
    private final List<String> statements;

    Forgery(String... statements) {
      this.statements = List.of(statements);
    }

    int firstBadRow() {
      return this == EMPTIED ? 1 : 3;
    }
  }

  @ParameterizedTest
  @EnumSource(Forgery.class)
  void everyForgeryIsFoundAndNamed(Forgery forgery) {
    awaitAnchored();
    assertIsFound(
        forgery.firstBadRow(),
        handle -> {
          for (String statement : forgery.statements) {
            handle.execute(onlyAudited(statement));
          }
          if (forgery == Forgery.WRITTEN_ANEW) {
            writeAnew(handle);
          }
        });
  }

  @Test
  void aChangeCutOffAsSoonAsItWasPublishedIsFound() {
    on().post(BUDGETS, "{'id':'cut','name':'B','amount':'10','period':'month'}");
    await().pollInterval(LOOK).atMost(SOON).until(() -> unpublished() == 0);

    long newest = count("SELECT sequence FROM audit_chains WHERE chain = 'audited'");
    assertThat(count("SELECT anchored_sequence FROM audit_chains WHERE chain = 'audited'"))
        .as("it was anchored in its own transaction")
        .isEqualTo(newest);
    assertIsFound(newest, handle -> cutOff(handle, newest));
  }

  @Test
  void aRefusedAttemptCutOffSecondsLaterIsFound() {
    assertThat(admin().get("/v1/platform/organizations").status()).isEqualTo(403);
    await().pollInterval(LOOK).atMost(SOON).until(AuditIT::isAnchored);

    long newest = count("SELECT sequence FROM audit_chains WHERE chain = 'audited'");
    assertIsFound(newest, handle -> cutOff(handle, newest));
  }

  /** With the chain's end set back, and no anchor waiting, as if the row had never been. */
  private static void cutOff(Handle handle, long row) {
    handle.execute("DELETE FROM audit WHERE chain = 'audited' AND sequence = ?", row);
    handle.execute(
        "UPDATE audit_chains SET sequence = ?, anchored_sequence = ?, hash ="
            + " (SELECT hash FROM audit WHERE chain = 'audited' AND sequence = ?)"
            + " WHERE chain = 'audited'",
        row - 1,
        row - 1,
        row - 1);
  }

  private static void assertIsFound(long row, java.util.function.Consumer<Handle> forgery) {
    assertThat(findings()).isEmpty();
    try {
      tamper(
          handle -> {
            handle.execute("CREATE TABLE kept AS SELECT * FROM audit");
            handle.execute("CREATE TABLE kept_chains AS SELECT * FROM audit_chains");
            forgery.accept(handle);
          });
      assertThat(findings())
          .singleElement()
          .asString()
          .startsWith("chain of organization audited, row " + row + ":");
    } finally {
      tamper(
          handle -> {
            handle.execute("DELETE FROM audit");
            handle.execute("DELETE FROM audit_chains");
            handle.execute("INSERT INTO audit_chains SELECT * FROM kept_chains");
            handle.execute("INSERT INTO audit SELECT * FROM kept");
            handle.execute("DROP TABLE kept, kept_chains");
          });
    }
    assertThat(findings()).isEmpty();
  }

  private static String onlyAudited(String statement) {
    return statement
        + (statement.contains("WHERE sequence") ? " AND" : " WHERE")
        + " chain = 'audited'";
  }

  private static void tamper(java.util.function.Consumer<Handle> work) {
    database()
        .write(
            handle -> {
              handle.execute("ALTER TABLE audit DISABLE TRIGGER audit_is_append_only");
              work.accept(handle);
              handle.execute("ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_is_append_only");
              return true;
            });
  }

  /** With hashes that fit, as nobody could tell from the database alone. */
  private static void writeAnew(Handle handle) {
    byte[] hash = AuditEntry.beginning();
    List<AuditEntry> entries =
        handle
            .createQuery("SELECT * FROM audit WHERE chain = 'audited' ORDER BY sequence")
            .map((row, context) -> AuditRows.entry(row))
            .list();
    for (AuditEntry entry : entries) {
      hash = entry.hash(hash);
      handle.execute(
          "UPDATE audit SET hash = ? WHERE chain = 'audited' AND sequence = ?",
          hash,
          entry.sequence());
    }
    handle.execute("UPDATE audit_chains SET hash = ? WHERE chain = 'audited'", hash);
  }

  private static void awaitAnchored() {
    await().pollInterval(LOOK).atMost(ARRIVES).until(AuditIT::isAnchored);
  }

  /** Whether the topic has the ends of all chains. */
  private static boolean isAnchored() {
    return count("SELECT count(*) FROM audit_chains WHERE sequence > anchored_sequence") == 0
        && unpublished() == 0;
  }

  private static long unpublished() {
    return count("SELECT count(*) FROM outbox WHERE published_at IS NULL");
  }

  /** Of this test's chain: others write to the same topic from databases of their own. */
  private static List<String> findings() {
    AuditVerification.Report report =
        new AuditVerification(
                database(), Objects.requireNonNull(config).kafka(), InstantSource.system())
            .verify();
    assertThat(report.lastAnchor()).isPresent();
    return report.findings().stream().filter(line -> line.contains("audited")).toList();
  }

  private static Map<String, Object> row(String type, String subject) {
    return database()
        .read(
            handle ->
                handle
                    .createQuery("SELECT * FROM audit WHERE type = :type AND subject = :subject")
                    .bind("type", type)
                    .bind("subject", subject)
                    .mapToMap()
                    .one());
  }

  private static long refused(String chain, String kind) {
    return database()
        .read(
            handle ->
                handle
                    .createQuery(
                        "SELECT coalesce(sum(attempts), 0) FROM audit WHERE outcome = 'refused'"
                            + " AND chain = :chain AND actor_kind = :kind")
                    .bind("chain", chain)
                    .bind("kind", kind)
                    .mapTo(Long.class)
                    .one());
  }

  private static long count(String sql) {
    return database().read(handle -> handle.createQuery(sql).mapTo(Long.class).one());
  }
}
