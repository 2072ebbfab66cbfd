package io.tollgate.app.run;

import io.tollgate.app.api.Books;
import io.tollgate.app.api.TollgateClient;
import io.tollgate.app.api.UsageRow;
import io.tollgate.app.run.LineFigures.Outcomes;
import io.tollgate.app.stack.StackProblem;
import io.tollgate.app.terminal.Screen;
import io.tollgate.app.terminal.Shown;
import io.tollgate.app.workload.OwnCount;
import io.tollgate.app.workload.PriceList;
import io.tollgate.app.workload.TenantPlan;
import io.tollgate.app.workload.Workload;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.WorkspaceId;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * Takes one workload through a running stack: sets up its tenants, publishes it, shows how it goes,
 * waits until all of it is metered and landed, and reads what the line counted.
 */
public final class WorkloadRun {
  private static final Duration LOOK = Duration.ofMillis(100);

  /** Without any record metered or landed for this long the run is given up. */
  private static final Duration STALLED = Duration.ofSeconds(60);

  private static final Duration LATE_PRICES = Duration.ofSeconds(10);

  /** Alerts follow the last delta by one commit of the budget topology. */
  private static final Duration ALERTS = Duration.ofSeconds(20);

  private final TollgateClient client;
  private final Books books;
  private final Endpoints endpoints;
  private final Screen screen;
  private final InstantSource clock;

  public WorkloadRun(
      TollgateClient client, Endpoints endpoints, Screen screen, InstantSource clock) {
    this.client = client;
    this.books = new Books(client);
    this.endpoints = endpoints;
    this.screen = screen;
    this.clock = clock;
  }

  /**
   * Runs it.
   *
   * @param budgets whether the plan's budgets are set, from what the workload will spend
   */
  public RunResult run(Workload workload, TenantPlan plan, PriceList prices, boolean budgets) {
    screen.line("Setting up tenants, keys and prices over the HTTP API");
    OwnCount own = OwnCount.of(workload, prices);
    TenancySetup setup = new TenancySetup(client, clock);
    setup.prices(prices);
    setup.tenants(plan);
    if (budgets) {
      setup.budgets(plan, own);
    }
    setup.backfill(workload);
    List<UsageRow> before = usage(plan, workload);
    try (LineWatch watch = LineWatch.start(endpoints)) {
      LineFigures start = watch.figures();
      LiveView view =
          new LiveView(screen, plan, budgetsByWorkspace(plan), start, System.nanoTime());
      long sent = workload.events() + workload.resent();
      screen.line(
          "Publishing %s events, %s of them sent twice"
              .formatted(Shown.count(sent), Shown.count(workload.resent())));
      publish(workload, watch, view);
      settle(start, sent, watch, view);
      awaitRated(start, watch, view);
      List<ExpectedAlert> expected = budgets ? ExpectedAlert.of(plan, own) : List.of();
      awaitAlerts(expected.size(), watch, view);
      LineFigures end = watch.figures();
      view.end(end, System.nanoTime());
      Outcomes outcomes = end.outcomes().minus(start.outcomes());
      screen.line("Reconciling");
      return new RunResult(
          workload,
          own,
          sent,
          outcomes,
          before,
          usage(plan, workload),
          expected,
          end.alerts(),
          books.reconcile());
    }
  }

  private void publish(Workload workload, LineWatch watch, LiveView view) {
    Publishing publishing = new Publishing();
    try (var executor =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().name("publish").factory())) {
      CompletableFuture<Void> published =
          CompletableFuture.runAsync(() -> publishing.publish(workload, endpoints), executor);
      while (!isDone(published)) {
        view.show(watch.figures(), System.nanoTime());
      }
    }
  }

  private static boolean isDone(CompletableFuture<Void> published) {
    try {
      published.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException notYet) {
      return false;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException known
          ? known
          : new CompletionException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackProblem("interrupted while publishing", e);
    }
  }

  /** Waits until every record sent has its final outcome and all that is rated has landed. */
  private void settle(LineFigures start, long sent, LineWatch watch, LiveView view) {
    long lastProgress = System.nanoTime();
    Outcomes last = start.outcomes();
    long lastLanded = -1;
    while (true) {
      LineFigures now = watch.figures();
      view.show(now, System.nanoTime());
      Outcomes done = now.outcomes().minus(start.outcomes());
      boolean metered =
          done.records() >= sent && now.outcomes().waiting() <= start.outcomes().waiting();
      long unlanded = metered ? books.landingLag() : Long.MAX_VALUE;
      if (metered && unlanded == 0) {
        return;
      }
      if (!now.outcomes().equals(last) || unlanded != lastLanded) {
        last = now.outcomes();
        lastLanded = unlanded;
        lastProgress = System.nanoTime();
      } else if (System.nanoTime() - lastProgress > STALLED.toNanos()) {
        throw new StackProblem(
            "nothing moved for %d s: %s of %s records metered, %s waiting, %s not landed"
                .formatted(
                    STALLED.toSeconds(), done.records(), sent, now.outcomes().waiting(), unlanded));
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  /**
   * Events that met their price late are rated when it comes; what stays unrated is for the checks
   * to tell.
   */
  private void awaitRated(LineFigures start, LineWatch watch, LiveView view) {
    long deadline = System.nanoTime() + LATE_PRICES.toNanos();
    while (System.nanoTime() < deadline
        && (watch.figures().outcomes().unrated() > start.outcomes().unrated()
            || books.landingLag() > 0)) {
      view.show(watch.figures(), System.nanoTime());
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  private void awaitAlerts(int expected, LineWatch watch, LiveView view) {
    long deadline = System.nanoTime() + ALERTS.toNanos();
    while (watch.figures().alerts().size() < expected && System.nanoTime() < deadline) {
      view.show(watch.figures(), System.nanoTime());
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  private List<UsageRow> usage(TenantPlan plan, Workload workload) {
    List<UsageRow> rows = new ArrayList<>();
    for (TenantPlan.Organization organization : plan.organizations()) {
      rows.addAll(books.usage(organization.id(), workload.from(), workload.to()).rows());
    }
    return rows;
  }

  private Map<WorkspaceId, BigDecimal> budgetsByWorkspace(TenantPlan plan) {
    Map<WorkspaceId, BigDecimal> amounts = new HashMap<>();
    for (TenantPlan.Organization organization : plan.organizations()) {
      amounts.putAll(books.budgetsByWorkspace(organization.id()));
    }
    return amounts;
  }
}
