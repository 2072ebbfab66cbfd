package io.tollgate.governance.notify;

import io.tollgate.governance.store.SealedText;
import io.tollgate.schemas.BudgetId;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.BudgetAlert;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where alerts are sent.
 *
 * @param workspaceId the workspace whose channel it is; null for one of the organization
 * @param filters which alerts it gets
 * @param previousSecret signs as well until it ends
 */
record Channel(
    String id,
    OrganizationId organizationId,
    @Nullable WorkspaceId workspaceId,
    String name,
    String url,
    boolean enabled,
    Filters filters,
    SealedText secret,
    @Nullable Previous previousSecret,
    Instant createdAt,
    int version) {
  /**
   * By how much the clock of whoever raises alerts may be behind: an alert is not taken for older
   * than the channel by less.
   */
  private static final Duration SKEW = Duration.ofMinutes(1);

  /** A secret that was replaced. */
  record Previous(SealedText secret, Instant until) {}

  /**
   * Which alerts a channel gets; what is not set lets all pass.
   *
   * @param budgetIds of these budgets only, if there are any
   * @param thresholdFrom of budgets' thresholds from this fraction; alerts of wallets have no
   *     fraction and pass
   * @param workspaceId in this workspace only, for a channel of the organization
   */
  record Filters(
      List<BudgetId> budgetIds,
      @Nullable BigDecimal thresholdFrom,
      @Nullable WorkspaceId workspaceId) {
    static final Filters NONE = new Filters(List.of(), null, null);

    Filters {
      budgetIds = List.copyOf(budgetIds);
    }
  }

  boolean wants(BudgetAlert alert) {
    return enabled
        && alert.getOrganizationId().equals(organizationId.value())
        && !alert.getRaisedAt().isBefore(createdAt.minus(SKEW))
        && isIn(workspaceId, alert)
        && isIn(filters.workspaceId(), alert)
        && (filters.budgetIds().isEmpty() || isOfOne(filters.budgetIds(), alert))
        && reaches(filters.thresholdFrom(), alert);
  }

  /** A wallet's alert has an id that no budget can have. */
  private static boolean isOfOne(List<BudgetId> budgets, BudgetAlert alert) {
    return budgets.stream().anyMatch(budget -> budget.value().equals(alert.getBudgetId()));
  }

  private static boolean isIn(@Nullable WorkspaceId workspace, BudgetAlert alert) {
    return workspace == null || workspace.value().equals(alert.getWorkspaceId());
  }

  private static boolean reaches(@Nullable BigDecimal from, BudgetAlert alert) {
    return switch (alert.getCause()) {
      case BUDGET -> from == null || alert.getThreshold().compareTo(from) >= 0;
      case WALLET -> true;
    };
  }

  /** The secrets that sign at a time, the newest first. */
  List<SealedText> secretsAt(Instant now) {
    List<SealedText> secrets = new ArrayList<>();
    secrets.add(secret);
    if (previousSecret != null && now.isBefore(previousSecret.until())) {
      secrets.add(previousSecret.secret());
    }
    return secrets;
  }

  /** The URL as an audit may show it: its path and query may be a secret of the receiver's. */
  String host() {
    URI uri = URI.create(url);
    return uri.getScheme() + "://" + Objects.requireNonNullElse(uri.getRawAuthority(), "");
  }
}
