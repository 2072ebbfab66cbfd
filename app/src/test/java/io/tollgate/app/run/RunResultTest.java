package io.tollgate.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tollgate.app.api.Reconciliation;
import io.tollgate.app.api.UsageRow;
import io.tollgate.app.run.LineFigures.Outcomes;
import io.tollgate.app.workload.GeneratedTraffic;
import io.tollgate.app.workload.OwnCount;
import io.tollgate.app.workload.PriceList;
import io.tollgate.app.workload.TenantPlan;
import io.tollgate.schemas.avro.AlertKind;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.ScopeKind;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunResultTest {
  private static final TenantPlan PLAN = TenantPlan.bundled();
  private static final GeneratedTraffic TRAFFIC = new GeneratedTraffic(PLAN, 500, 42);
  private static final OwnCount OWN = OwnCount.of(TRAFFIC, PriceList.bundled());
  private static final List<UsageRow> COUNTED = rows(BigDecimal.ZERO);
  private static final long SENT = TRAFFIC.events() + TRAFFIC.resent();

  private Outcomes outcomes = new Outcomes(SENT, SENT, TRAFFIC.events(), TRAFFIC.resent(), 0, 0, 0);
  private List<UsageRow> before = List.of();
  private List<UsageRow> after = COUNTED;
  private List<ExpectedAlert> expected = ExpectedAlert.of(PLAN, OWN);
  private List<BudgetAlert> alerts =
      new ArrayList<>(expected.stream().map(RunResultTest::raised).toList());
  private boolean balanced = true;

  private RunResult result() {
    return new RunResult(
        TRAFFIC,
        OWN,
        SENT,
        outcomes,
        before,
        after,
        expected,
        alerts,
        new Reconciliation(JsonNodeFactory.instance.objectNode().put("balanced", balanced)));
  }

  @Test
  void goodIfEverythingAgrees() {
    assertThat(expected).hasSizeBetween(6, 12);
    assertThat(result().isGood()).isTrue();
  }

  @Test
  void aPicodollarIsNotGood() {
    after = rows(new BigDecimal("0.000000000001"));

    assertThat(result().isGood()).isFalse();
  }

  @Test
  void aMissingGroupIsNotGood() {
    after = COUNTED.subList(1, COUNTED.size());

    assertThat(result().isGood()).isFalse();
  }

  @Test
  void whatWasThereBeforeDoesNotCount() {
    before = COUNTED;
    after = doubled();

    assertThat(result().isGood()).isTrue();
  }

  @Test
  void theSameAgainIsGoodIfNothingGrew() {
    outcomes = new Outcomes(SENT, SENT, 0, SENT, 0, 0, 0);
    before = COUNTED;
    assertThat(result().isGood()).isTrue();

    after = rows(new BigDecimal("0.000000000001"));
    assertThat(result().isGood()).isFalse();
  }

  @Test
  void theRestOfABrokenRunIsGoodIfAllIsThereNow() {
    outcomes = new Outcomes(SENT, SENT, 100, SENT - 100, 0, 0, 0);
    before = COUNTED.subList(0, 3);

    assertThat(result().isGood()).isTrue();
  }

  @Test
  void aRejectedEventIsNotGood() {
    outcomes = new Outcomes(SENT, SENT, TRAFFIC.events() - 1, TRAFFIC.resent(), 1, 0, 0);

    assertThat(result().isGood()).isFalse();
  }

  @Test
  void aMissingDoubledOrForeignAlertIsNotGood() {
    BudgetAlert last = alerts.removeLast();
    assertThat(result().isGood()).isFalse();

    alerts.add(last);
    alerts.add(last);
    assertThat(result().isGood()).isFalse();
  }

  @Test
  void booksThatDoNotBalanceAreNotGood() {
    balanced = false;

    assertThat(result().isGood()).isFalse();
  }

  private static List<UsageRow> rows(BigDecimal added) {
    List<UsageRow> rows = new ArrayList<>();
    OWN.groups()
        .forEach(
            (group, sums) ->
                rows.add(
                    new UsageRow(
                        group.organization(),
                        group.workspace(),
                        group.model(),
                        sums.requests(),
                        sums.inputTokens(),
                        sums.outputTokens(),
                        rows.isEmpty() ? sums.cost().add(added) : sums.cost(),
                        "USD")));
    return rows;
  }

  private static List<UsageRow> doubled() {
    List<UsageRow> rows = new ArrayList<>(COUNTED);
    rows.addAll(COUNTED);
    return rows;
  }

  private static BudgetAlert raised(ExpectedAlert alert) {
    return BudgetAlert.newBuilder()
        .setAlertId("x")
        .setKind(AlertKind.CROSSED)
        .setBudgetId(alert.budget().value())
        .setBudgetName("x")
        .setBudgetVersion(1)
        .setOrganizationId("x")
        .setScope(ScopeKind.WORKSPACE)
        .setPeriod("month")
        .setPeriodStart(Instant.EPOCH)
        .setThreshold(alert.threshold().setScale(6))
        .setEpisode(1)
        .setHard(false)
        .setSpend(BigDecimal.ONE.setScale(12))
        .setAmount(BigDecimal.ONE.setScale(12))
        .setPercentage(BigDecimal.ONE.setScale(6))
        .setCurrency("USD")
        .setRaisedAt(Instant.EPOCH)
        .build();
  }
}
