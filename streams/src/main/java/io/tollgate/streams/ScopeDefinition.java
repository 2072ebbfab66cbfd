package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.Wallet;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What governance has set on a scope, as of one state of the tables.
 *
 * @param workspaceId of a workspace and of an API key
 * @param currency of the organization, and so of the budgets and the wallet
 * @param until when the scope ends, exclusive; null if it has no end
 * @param budgets in the order of their ids
 * @param wallet of an organization only
 * @param credited to the wallet so far
 */
record ScopeDefinition(
    Scope scope,
    @Nullable String workspaceId,
    String currency,
    ZoneId zone,
    @Nullable Instant until,
    List<Budget> budgets,
    @Nullable Limit limit,
    @Nullable Wallet wallet,
    Money credited) {
  ScopeDefinition {
    budgets = List.copyOf(budgets);
  }

  boolean hasEnded(Instant now) {
    return until != null && !until.isAfter(now);
  }

  boolean hasMinuteLimit() {
    return limit != null
        && (limit.getRequestsPerMinute() != null || limit.getTokensPerMinute() != null);
  }

  @Nullable Long tokensPerDay() {
    return limit == null ? null : limit.getTokensPerDay();
  }
}
