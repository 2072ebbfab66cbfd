package io.tollgate.governance.spending;

import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.LimitKey;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Admission;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.LimitState;
import java.time.InstantSource;

/** Which hard budgets stop traffic now, as {@code limits.state} says. */
public final class BlockedBudgets implements SpendLimits.Enforcement, AutoCloseable {
  private final CompactedView<LimitState> states;
  private final InstantSource clock;

  private BlockedBudgets(CompactedView<LimitState> states, InstantSource clock) {
    this.states = states;
    this.clock = clock;
  }

  /** Starts to follow the topic; Kafka need not be there yet. */
  public static BlockedBudgets follow(Endpoints kafka, InstantSource clock) {
    return new BlockedBudgets(
        CompactedView.start(
            Topics.LIMITS_STATE, kafka.bootstrapServers(), RegistryClient.at(kafka.registry())),
        clock);
  }

  @Override
  public boolean isEnforcing(Budget budget) {
    String organization = budget.getOrganizationId();
    LimitKey scope =
        budget.getApiKeyId() != null
            ? LimitKey.apiKey(organization, budget.getApiKeyId())
            : budget.getWorkspaceId() != null
                ? LimitKey.workspace(organization, budget.getWorkspaceId())
                : LimitKey.organization(organization);
    return states
        .get(scope.text())
        .filter(state -> state.getAdmission() == Admission.BLOCKED)
        .filter(state -> state.getUntil() == null || clock.instant().isBefore(state.getUntil()))
        .filter(state -> state.getReasons().contains("budget:" + budget.getBudgetId()))
        .isPresent();
  }

  @Override
  public void close() {
    states.close();
  }
}
