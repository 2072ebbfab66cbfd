package io.tollgate.app.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.app.api.ApiProblem;
import io.tollgate.app.api.TollgateClient;
import io.tollgate.app.prices.OwnPrices;
import io.tollgate.app.prices.PriceBodies;
import io.tollgate.app.stack.StackProblem;
import io.tollgate.app.workload.OwnCount;
import io.tollgate.app.workload.PriceList;
import io.tollgate.app.workload.TenantPlan;
import io.tollgate.app.workload.Workload;
import io.tollgate.schemas.OrganizationId;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Sets up over the public HTTP API what a workload needs: tenants, keys, budgets, prices, a
 * backfill. Ids are fixed, so that what is there already is left as it is.
 */
public final class TenancySetup {
  private static final int CONFLICT = 409;

  /** Budgets are set in whole cents, one at least. */
  private static final int CENT_SCALE = 2;

  private final TollgateClient client;
  private final InstantSource clock;

  public TenancySetup(TollgateClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  /** Organizations, workspaces and keys; organizations side by side. */
  void tenants(TenantPlan plan) {
    List<Runnable> each = new ArrayList<>();
    for (TenantPlan.Organization organization : plan.organizations()) {
      each.add(() -> organization(organization));
    }
    sideBySide(each);
  }

  private void organization(TenantPlan.Organization organization) {
    ensure(
        () ->
            client.post(
                "/v1/platform/organizations",
                object()
                    .put("id", organization.id().value())
                    .put("name", organization.name())
                    .put("time_zone", TenantPlan.TIME_ZONE)
                    .put("currency", TenantPlan.CURRENCY)));
    for (TenantPlan.Workspace workspace : organization.workspaces()) {
      String id = workspace.id().value();
      ensure(
          () ->
              client.post(
                  organization.id(),
                  "/v1/organization/projects",
                  object().put("id", id).put("name", workspace.name())));
      for (TenantPlan.Key key : workspace.keys()) {
        ensure(
            () ->
                client.post(
                    organization.id(),
                    "/v1/organization/projects/" + id + "/api_keys",
                    object().put("id", key.id().value()).put("name", key.id().value())));
      }
    }
  }

  /** Budgets as multiples of what the workload will spend, alerts at 80 and 100 percent. */
  void budgets(TenantPlan plan, OwnCount count) {
    List<Runnable> each = new ArrayList<>();
    for (TenantPlan.Organization organization : plan.organizations()) {
      organization
          .budget()
          .ifPresent(
              budget ->
                  each.add(
                      () ->
                          budget(
                              organization.id(),
                              "/v1/organization/budgets",
                              budget,
                              amount(budget, count.spend(organization.id())))));
      for (TenantPlan.Workspace workspace : organization.workspaces()) {
        workspace
            .budget()
            .ifPresent(
                budget ->
                    each.add(
                        () ->
                            budget(
                                organization.id(),
                                "/v1/organization/projects/" + workspace.id().value() + "/budgets",
                                budget,
                                amount(budget, count.spend(workspace.id())))));
      }
    }
    sideBySide(each);
  }

  /** What a budget is set to. */
  static BigDecimal amount(TenantPlan.Budget budget, BigDecimal spend) {
    return spend
        .multiply(budget.spendRatio())
        .setScale(CENT_SCALE, RoundingMode.UP)
        .max(BigDecimal.ONE.movePointLeft(CENT_SCALE));
  }

  private void budget(
      OrganizationId organization, String path, TenantPlan.Budget budget, BigDecimal amount) {
    ObjectNode body =
        object()
            .put("id", budget.id().value())
            .put("name", budget.name())
            .put("amount", amount.toPlainString())
            .put("period", "month");
    body.putArray("thresholds").add("0.8").add("1");
    ensure(() -> client.post(organization, path, body));
  }

  /**
   * The product's own price list, where the operator has no prices yet.
   *
   * @return whether it was published
   */
  public boolean pricesIfNone(PriceList prices) {
    if (!client.list(Optional.empty(), "/v1/platform/price_books").isEmpty()) {
      return false;
    }
    prices(prices);
    return true;
  }

  /** The product's own price list as a price book with one version. */
  void prices(PriceList prices) {
    ensure(
        () ->
            client.post(
                "/v1/platform/price_books",
                object().put("id", prices.id()).put("currency", prices.currency())));
    String versions = "/v1/platform/price_books/" + prices.id() + "/versions";
    if (client.list(Optional.empty(), versions).isEmpty()) {
      JsonNode body = PriceBodies.of(OwnPrices.of(prices, prices.effectiveFrom())).get(0);
      ensure(() -> client.post(versions, body));
    }
  }

  /**
   * Opens the workload's backfill, or finds it open.
   *
   * @throws StackProblem if it was opened before and has closed since
   */
  void backfill(Workload workload) {
    JsonNode backfill =
        client.put(
            "/v1/platform/backfills/" + workload.backfillId(),
            object()
                .put("source", workload.source())
                .put("from", workload.from().toString())
                .put("to", workload.to().toString()));
    Instant closes = Instant.parse(backfill.path("closes_at").asText());
    if (closes.isBefore(clock.instant())) {
      throw new StackProblem(
          "the backfill "
              + workload.backfillId()
              + " was closed on "
              + closes
              + "; a source has one backfill for good, so this workload cannot enter again");
    }
  }

  private static void ensure(Runnable creation) {
    try {
      creation.run();
    } catch (ApiProblem e) {
      // Ids are fixed: what is taken was set up by an earlier run.
      if (e.status() != CONFLICT) {
        throw e;
      }
    }
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  private static void sideBySide(List<Runnable> steps) {
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> started = new ArrayList<>();
      steps.forEach(step -> started.add(executor.submit(step)));
      for (Future<?> step : started) {
        step.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException known) {
        throw known;
      }
      throw new CompletionException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CompletionException(e);
    }
  }
}
