package io.tollgate.app.run;

import io.tollgate.app.terminal.Screen;
import io.tollgate.app.terminal.Shown;
import io.tollgate.app.workload.TenantPlan;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.BudgetAlert;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Shows a run: drawn again in place on a terminal, otherwise one line per second. Every figure
 * comes from the topics; the budgets from the public HTTP API.
 */
final class LiveView {
  private static final Duration PLAIN_EVERY = Duration.ofSeconds(1);
  private static final int ALERTS_SHOWN = 8;
  private static final String NAMES = "%-28.28s";

  private final Screen screen;
  private final TenantPlan plan;
  private final Map<WorkspaceId, BigDecimal> budgets;
  private final LineFigures before;
  private final long startedNanos;
  private long lastNanos;
  private long lastRecords;
  private long rate;
  private long lastPlainNanos;
  private int alertsTold;

  /**
   * @param budgets amounts by workspace
   * @param before what the topics said before the run
   */
  LiveView(
      Screen screen,
      TenantPlan plan,
      Map<WorkspaceId, BigDecimal> budgets,
      LineFigures before,
      long nowNanos) {
    this.screen = screen;
    this.plan = plan;
    this.budgets = Map.copyOf(budgets);
    this.before = before;
    this.startedNanos = nowNanos;
    this.lastNanos = nowNanos;
    this.lastPlainNanos = nowNanos;
  }

  void show(LineFigures now, long nowNanos) {
    measureRate(now, nowNanos);
    tellAlerts(now.alerts());
    if (screen.isTerminal()) {
      screen.draw(block(now, nowNanos));
    } else if (nowNanos - lastPlainNanos >= PLAIN_EVERY.toNanos()) {
      lastPlainNanos = nowNanos;
      screen.line(summary(now, nowNanos));
    }
  }

  void end(LineFigures last, long nowNanos) {
    tellAlerts(last.alerts());
    screen.clear();
    screen.line(summary(last, nowNanos));
  }

  private void measureRate(LineFigures now, long nowNanos) {
    long elapsed = nowNanos - lastNanos;
    if (elapsed >= PLAIN_EVERY.toNanos()) {
      rate = (now.outcomes().records() - lastRecords) * 1_000_000_000L / elapsed;
      lastNanos = nowNanos;
      lastRecords = now.outcomes().records();
    } else if (lastRecords == 0) {
      lastRecords = before.outcomes().records();
    }
  }

  private String summary(LineFigures now, long nowNanos) {
    LineFigures.Outcomes done = now.outcomes().minus(before.outcomes());
    return "%4d s  %s metered, %s/s, lag %s; %s duplicates; %s USD; %d alerts"
        .formatted(
            (nowNanos - startedNanos) / 1_000_000_000L,
            Shown.count(done.records()),
            Shown.count(rate),
            Shown.count(now.lag()),
            Shown.count(done.duplicate()),
            Shown.cents(total(now)),
            now.alerts().size());
  }

  private static BigDecimal total(LineFigures now) {
    return now.spend().values().stream().reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  private List<String> block(LineFigures now, long nowNanos) {
    List<String> lines = new ArrayList<>();
    lines.add(summary(now, nowNanos));
    for (TenantPlan.Organization organization : plan.organizations()) {
      for (TenantPlan.Workspace workspace : organization.workspaces()) {
        BigDecimal spend = now.spend().getOrDefault(workspace.id(), BigDecimal.ZERO);
        BigDecimal budget = budgets.get(workspace.id());
        String name = NAMES.formatted(workspace.id().value());
        if (budget == null) {
          lines.add("  %s %9s USD".formatted(name, Shown.cents(spend)));
        } else {
          long percent = Shown.percent(spend, budget);
          lines.add(
              "  %s %9s of %9s %4d%% %s"
                  .formatted(
                      name, Shown.cents(spend), Shown.cents(budget), percent, Shown.bar(percent)));
        }
      }
    }
    List<BudgetAlert> alerts = now.alerts();
    for (BudgetAlert alert :
        alerts.subList(Math.max(0, alerts.size() - ALERTS_SHOWN), alerts.size())) {
      lines.add("  ! " + AlertLine.of(alert));
    }
    return lines;
  }

  /** Without a terminal each alert is a line of its own, as it fires. */
  private void tellAlerts(List<BudgetAlert> alerts) {
    if (!screen.isTerminal()) {
      for (; alertsTold < alerts.size(); alertsTold++) {
        screen.line("  ! " + AlertLine.of(alerts.get(alertsTold)));
      }
    }
  }
}
