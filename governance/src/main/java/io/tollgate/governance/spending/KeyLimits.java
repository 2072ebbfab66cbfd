package io.tollgate.governance.spending;

import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.NewIds;
import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Limit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Limits and a budget that are given together with the key they are on. */
public final class KeyLimits {
  /** What a key's body calls them. */
  private static final Map<String, String> NAMES =
      Map.of("requests_per_minute", "rate_limit_rpm", "tokens_per_minute", "rate_limit_tpm");

  private final NewIds ids;

  public KeyLimits(NewIds ids) {
    this.ids = ids;
  }

  /**
   * A budget on the key itself; its fields are those of any budget.
   *
   * @param name the key's if left out
   * @param period month if left out
   */
  public record WantedBudget(
      @Nullable String name,
      String amount,
      @Nullable String period,
      @Nullable List<String> thresholds,
      @Nullable Boolean hard) {
    private BudgetTerms terms(String keyName, ApiKeyId key) {
      return new BudgetTerms(
          null,
          name == null ? keyName : name,
          amount,
          period == null ? SpendTerms.MONTH : period,
          thresholds,
          hard,
          key.value(),
          null,
          null,
          null);
    }
  }

  /** Puts a budget on a key. */
  public void put(
      Change change,
      OrganizationId organization,
      WorkspaceId workspace,
      ApiKeyId key,
      String keyName,
      WantedBudget budget) {
    Budgets.insert(
        change,
        ids.next("bud"),
        budget.terms(keyName, key),
        organization,
        Optional.of(workspace),
        Optional.of(key));
  }

  /**
   * Sets what is not null and leaves the rest of the key's limits as it is.
   *
   * @param tightensOnly whether who asks may not loosen what is there
   * @throws io.tollgate.schemas.InvalidInput if they are looser than above
   */
  public void put(
      Change change,
      OrganizationId organization,
      WorkspaceId workspace,
      ApiKeyId key,
      @Nullable Long requestsPerMinute,
      @Nullable Long tokensPerMinute,
      @Nullable List<String> allowedModels,
      boolean tightensOnly) {
    Fields.renamed(
        NAMES,
        () ->
            Limits.put(
                change,
                new LimitScope(organization, workspace.value(), key.value()),
                before -> terms(before, requestsPerMinute, tokensPerMinute, allowedModels),
                tightensOnly));
  }

  private static LimitTerms terms(
      @Nullable LimitTerms before,
      @Nullable Long requestsPerMinute,
      @Nullable Long tokensPerMinute,
      @Nullable List<String> allowedModels) {
    return new LimitTerms(
        requestsPerMinute != null || before == null
            ? requestsPerMinute
            : before.requestsPerMinute(),
        tokensPerMinute != null || before == null ? tokensPerMinute : before.tokensPerMinute(),
        before == null ? null : before.tokensPerDay(),
        allowedModels != null || before == null ? allowedModels : before.allowedModels(),
        before == null ? null : before.deniedModels());
  }

  /** What a key's body shows of its limits. */
  public static Map<String, Object> shown(
      Handle handle, OrganizationId organization, WorkspaceId workspace, ApiKeyId key) {
    Optional<Limit> limit =
        LimitRows.find(handle, new LimitScope(organization, workspace.value(), key.value()));
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("rate_limit_rpm", limit.map(Limit::getRequestsPerMinute).orElse(null));
    json.put("rate_limit_tpm", limit.map(Limit::getTokensPerMinute).orElse(null));
    json.put("allowed_models", limit.map(Limit::getAllowedModels).orElse(null));
    return json;
  }
}
