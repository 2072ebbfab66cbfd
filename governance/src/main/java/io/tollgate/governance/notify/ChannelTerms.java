package io.tollgate.governance.notify;

import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Inputs;
import io.tollgate.schemas.BudgetId;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.WorkspaceId;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a new channel is made of.
 *
 * @param kind webhook, which is what there is
 * @param filters all alerts of its scope if left out
 * @param enabled yes if left out
 */
record ChannelTerms(
    @Nullable String id,
    String name,
    @Nullable String kind,
    String url,
    @Nullable FilterTerms filters,
    @Nullable Boolean enabled) {
  static final String WEBHOOK = "webhook";

  ChannelTerms {
    if (id != null) {
      Fields.id(id, ChannelTerms::channelId);
    }
    Inputs.text("name", name);
    InvalidInput.unless(
        kind == null || kind.equals(WEBHOOK), "kind", String.valueOf(kind), "must be " + WEBHOOK);
  }

  /** A channel's id has the form that all ids have. */
  static String channelId(String text) {
    InvalidInput.unless(
        text.matches("[A-Za-z0-9_-]{1,64}"),
        "channel_id",
        text,
        "must be 1 to 64 of A-Z, a-z, 0-9, _ and -");
    return text;
  }

  boolean isEnabled() {
    return enabled == null || enabled;
  }

  Channel.Filters filter() {
    return filters == null ? Channel.Filters.NONE : filters.filters();
  }

  /**
   * Which alerts a channel gets; what is left out lets all pass.
   *
   * @param budgetIds at most 100, each once
   * @param thresholdFrom a fraction such as 0.8
   * @param projectId for a channel of the organization
   */
  record FilterTerms(
      @Nullable List<String> budgetIds,
      @Nullable String thresholdFrom,
      @Nullable String projectId) {
    private static final int MOST_BUDGETS = 100;
    private static final String FRACTION = "[0-9]{1,3}(\\.[0-9]{1,6})?";

    FilterTerms {
      budgetIds = budgetIds == null ? List.of() : List.copyOf(budgetIds);
      InvalidInput.unless(
          budgetIds.size() <= MOST_BUDGETS
              && budgetIds.stream().distinct().count() == budgetIds.size(),
          "budget_ids",
          budgetIds,
          "must name at most " + MOST_BUDGETS + " budgets, each once");
      budgetIds.forEach(id -> Fields.named("budget_ids", id, BudgetId::new));
      InvalidInput.unless(
          thresholdFrom == null
              || (thresholdFrom.matches(FRACTION) && new BigDecimal(thresholdFrom).signum() > 0),
          "threshold_from",
          String.valueOf(thresholdFrom),
          "must be a fraction above zero such as 0.8, below 1000, with at most 6 decimals");
      if (projectId != null) {
        Fields.named("project_id", projectId, WorkspaceId::new);
      }
    }

    Channel.Filters filters() {
      return new Channel.Filters(
          budgetIds == null ? List.of() : budgetIds.stream().map(BudgetId::new).toList(),
          thresholdFrom == null ? null : new BigDecimal(thresholdFrom),
          projectId == null ? null : new WorkspaceId(projectId));
    }
  }
}
