package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.LimitState;
import io.tollgate.schemas.avro.ScopeKind;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Words a judgement as the state that is written to limits.state. */
final class LimitStates {
  private LimitStates() {}

  /**
   * @param before with whose version and time it is written; they change only with something else
   */
  static LimitState of(
      ScopeDefinition definition, LimitJudgement judgement, @Nullable LimitState before) {
    Scope scope = definition.scope();
    Subject subject = scope.subject();
    Limit limit = definition.limit();
    LimitJudgement.JudgedBudget tightest = judgement.tightest();
    return LimitState.newBuilder()
        .setOrganizationId(scope.organizationId())
        .setScope(scope.kind())
        .setWorkspaceId(definition.workspaceId())
        .setApiKeyId(scope.kind() == ScopeKind.API_KEY ? scope.id() : null)
        .setSubjectKind(subject == null ? null : subject.kind())
        .setSubject(subject == null ? null : subject.value())
        .setAdmission(judgement.admission())
        .setReasons(judgement.reasons())
        .setUntil(judgement.until())
        .setCurrency(definition.currency())
        .setSpent((tightest == null ? Money.ZERO : tightest.spend()).value())
        .setAmount(tightest == null ? null : tightest.budget().getAmount())
        .setRemaining(tightest == null ? null : tightest.remaining().value())
        .setRequestsPerMinute(limit == null ? null : limit.getRequestsPerMinute())
        .setTokensPerMinute(limit == null ? null : limit.getTokensPerMinute())
        .setTokensPerDay(limit == null ? null : limit.getTokensPerDay())
        .setAllowedModels(limit == null ? null : limit.getAllowedModels())
        .setDeniedModels(limit == null ? List.of() : limit.getDeniedModels())
        .setVersion(before == null ? 0 : before.getVersion())
        .setWrittenAt(before == null ? null : before.getWrittenAt())
        .build();
  }

  /** Whether more has changed than what moves with usage alone. */
  static boolean isLoud(LimitState before, LimitState after) {
    return before.getAdmission() != after.getAdmission()
        || !before.getReasons().equals(after.getReasons())
        || !Objects.equals(before.getRequestsPerMinute(), after.getRequestsPerMinute())
        || !Objects.equals(before.getTokensPerMinute(), after.getTokensPerMinute())
        || !Objects.equals(before.getTokensPerDay(), after.getTokensPerDay())
        || !Objects.equals(before.getAllowedModels(), after.getAllowedModels())
        || !before.getDeniedModels().equals(after.getDeniedModels());
  }

  /**
   * The next version: grows also over a tombstone, after which the versions before are not known.
   */
  static long nextVersion(@Nullable LimitState before, Instant now) {
    return Math.max(before == null ? 0 : before.getVersion() + 1, now.toEpochMilli());
  }
}
