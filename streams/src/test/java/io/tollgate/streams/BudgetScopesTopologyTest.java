package io.tollgate.streams;

import static io.tollgate.streams.BudgetDriver.subject;
import static io.tollgate.streams.BudgetRecords.budget;
import static io.tollgate.streams.BudgetRecords.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.SubjectEntry;
import io.tollgate.schemas.avro.SubjectKind;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Budgets on nodes of the tenancy tree and on users, models and features inside them. */
class BudgetScopesTopologyTest {
  private static final Instant TODAY = BudgetDriver.START;
  private static final BudgetBounds FEW =
      new BudgetBounds(
          3,
          2,
          1,
          Duration.ofDays(35),
          Duration.ofDays(35),
          Duration.ofDays(400),
          1_000,
          1_000,
          100,
          1,
          1_000,
          Duration.ofSeconds(1));

  private @TempDir Path folder;
  private BudgetDriver driver;

  @BeforeEach
  void start() {
    driver = new BudgetDriver(folder, FEW);
    driver.inZone("UTC");
  }

  @AfterEach
  void stop() {
    driver.close();
  }

  private static Budget on(
      ScopeKind scope, String id, SubjectKind kind, String subject, int version) {
    return budget()
        .setScope(scope)
        .setWorkspaceId(scope == ScopeKind.ORGANIZATION ? null : id)
        .setApiKeyId(scope == ScopeKind.API_KEY ? id : null)
        .setSubjectKind(kind)
        .setSubject(subject)
        .setVersion(version)
        .build();
  }

  private void useAs(String user, String cost) {
    driver.add(
        List.of(entry("one", "k1", TODAY, cost)),
        List.of(subject("one", "k1", SubjectKind.USER, user, TODAY, cost)));
  }

  @ParameterizedTest
  @CsvSource({
    // 1 in key k1 of workspace one, 2 in k2 of one, 4 in k3 of two; each by user ada with model m.
    "ORGANIZATION, acme, USER, ada, 7",
    "ORGANIZATION, acme, MODEL, m, 7",
    "ORGANIZATION, acme, FEATURE, chat, 3",
    "WORKSPACE, one, USER, ada, 3",
    "WORKSPACE, two, MODEL, m, 4",
    "WORKSPACE, two, FEATURE, chat, 0",
    "API_KEY, k2, USER, ada, 2",
    "API_KEY, k3, FEATURE, search/α, 4",
    "API_KEY, k3, USER, bob, 0"
  })
  void aBudgetSeesItsSubjectInItsScopeOnly(
      ScopeKind scope, String id, SubjectKind kind, String subject, String spend) {
    BudgetBounds bounds = BudgetBounds.standard().folding(1, 1_000);
    for (boolean before : new boolean[] {true, false}) {
      try (BudgetDriver each = new BudgetDriver(folder.resolve("" + before), bounds)) {
        each.inZone("UTC");
        Budget budget = on(scope, id, kind, subject, 1);
        if (before) {
          each.publish(budget);
        }
        String[][] rows = {
          {"one", "k1", "chat", "1"}, {"one", "k2", "chat", "2"}, {"two", "k3", "search/α", "4"}
        };
        for (String[] row : rows) {
          List<SubjectEntry> subjects = new ArrayList<>();
          subjects.add(subject(row[0], row[1], SubjectKind.USER, "ada", TODAY, row[3]));
          subjects.add(subject(row[0], row[1], SubjectKind.MODEL, "m", TODAY, row[3]));
          subjects.add(subject(row[0], row[1], SubjectKind.FEATURE, row[2], TODAY, row[3]));
          each.add(List.of(entry(row[0], row[1], TODAY, row[3])), subjects);
        }
        if (!before) {
          each.publish(budget);
        }
        assertThat(each.states("bud").getFirst().spend())
            .isEqualTo(io.tollgate.schemas.Money.parse(spend));
      }
    }
  }

  @Test
  void anAlertNamesItsSubject() {
    driver.publish(on(ScopeKind.WORKSPACE, "one", SubjectKind.USER, "ada", 1));
    useAs("ada", "8");
    BudgetAlert alert = driver.alerts().getFirst();
    assertThat(alert.getScope()).isEqualTo(ScopeKind.WORKSPACE);
    assertThat(alert.getWorkspaceId()).isEqualTo("one");
    assertThat(alert.getSubjectKind()).isEqualTo(SubjectKind.USER);
    assertThat(alert.getSubject()).isEqualTo("ada");
  }

  @Test
  void valuesThatBeginAlikeAreApart() {
    for (String user : List.of("a", "a/bc", "a/bcdefg")) {
      useAs(user, "1");
    }
    for (String user : List.of("a", "a/bc", "a/bcdefg")) {
      Scope scope = Scope.organization("acme").inside(new Subject(SubjectKind.USER, user));
      assertThat(driver.cells(scope)).hasSize(1);
    }
    assertThat(driver.cells(Scope.organization("acme"))).hasSize(1);
  }

  @Test
  void tooManySubjectsAreLeftOutAndReported() {
    for (int i = 0; i < 5; i++) {
      useAs("u" + i, "1");
    }
    useAs("u4", "1");
    assertThat(driver.leftOut.total()).isEqualTo(3);
    assertThat(driver.organization().leftOut()).isEqualTo(3);
    assertThat(driver.organization().subjects(SubjectKind.USER).count()).isEqualTo(3);
    // The key, its workspace and the organization have all of it.
    assertThat(driver.cells(Scope.apiKey("acme", "k1")).values())
        .extracting(Tally::requests)
        .containsExactly(6L);
    // One with a budget is tallied from then on, and after it as long as it is used.
    driver.publish(on(ScopeKind.ORGANIZATION, "acme", SubjectKind.USER, "u4", 1));
    useAs("u4", "8");
    assertThat(driver.told()).containsExactly("CROSSED bud/2026-06-01/0.8/1");
    driver.delete("bud");
    useAs("u4", "1");
    assertThat(driver.leftOut.total()).isEqualTo(3);
  }

  @Test
  void subjectsWithoutUsageForLongMakeRoom() {
    for (int i = 0; i < 3; i++) {
      useAs("u" + i, "1");
    }
    driver.publish(on(ScopeKind.ORGANIZATION, "acme", SubjectKind.USER, "u0", 1));
    driver.pass(Duration.ofDays(20));
    useAs("u1", "1");
    useAs("u3", "1");
    assertThat(driver.leftOut.total()).isEqualTo(1);
    driver.pass(Duration.ofDays(16));
    // Only u2 is gone: u0 has a budget, u1 was used.
    useAs("u3", "1");
    useAs("u4", "1");
    assertThat(driver.leftOut.total()).isEqualTo(2);
    useAs("u0", "1");
    useAs("u1", "1");
    assertThat(driver.leftOut.total()).isEqualTo(2);
  }
}
