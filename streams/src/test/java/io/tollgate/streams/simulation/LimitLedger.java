package io.tollgate.streams.simulation;

import static io.tollgate.streams.simulation.InvariantBroken.unless;

import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.LimitState;
import io.tollgate.schemas.avro.UsageDelta;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The auditor of limits.state: each state was true when it was written, is written on change only
 * and not too often, and once a task has nothing left to take over every scope that something is
 * set on has the state that it must have, and no other scope has one.
 */
final class LimitLedger {
  private static final String TRUE = "limits-true";
  private static final Duration BETWEEN_QUIET_WRITES = Duration.ofSeconds(1);

  private final AuditedTables tables;
  private final LimitRules rules;
  private final AuditedMinutes minutes;
  private final ToIntFunction<String> partitions;
  private final Map<String, LimitState> states = new HashMap<>();

  /** The newest version of each scope, also of one whose state is gone. */
  private final Map<String, Long> versions = new HashMap<>();

  /** A record of limits.state: null takes the state back. */
  record Told(String key, @Nullable LimitState state) {}

  /**
   * @param partitions that an organization's usage comes to
   */
  LimitLedger(
      AuditedTables tables,
      AuditedZones zones,
      AuditedSums sums,
      ToIntFunction<String> partitions) {
    this.tables = tables;
    this.rules = new LimitRules(tables, zones, sums);
    this.minutes = new AuditedMinutes(tables, partitions);
    this.partitions = partitions;
  }

  void after(Commit.Act act, boolean settled, @Nullable UsageDelta delta, Deque<Told> told) {
    minutes.after(act, settled, delta);
    Map<String, AuditedScope> scopes = null;
    while (!told.isEmpty()) {
      scopes = scopes == null ? scopes() : scopes;
      Told next = told.element();
      AuditedScope scope = scopes.get(next.key);
      unless(scope != null, TRUE, "nothing was ever set on %s", next.key);
      if (!explains(act, Objects.requireNonNull(scope), next.state)) {
        break;
      }
      accept(told.remove());
    }
    if (settled && act instanceof Commit.Act.Punctuated) {
      for (AuditedScope scope : scopes().values()) {
        if (partitions.applyAsInt(scope.organization()) == act.partition()) {
          check(scope, act.tables(), Instant.ofEpochMilli(act.at()));
        }
      }
    }
  }

  /** The scopes on which something was ever set, by their keys. */
  private Map<String, AuditedScope> scopes() {
    Set<AuditedScope> scopes = new LinkedHashSet<>(tables.limited());
    tables.walletIds().forEach(id -> scopes.add(AuditedScope.organization(id)));
    for (String id : tables.budgetIds()) {
      Budget first = tables.budgetVersions(id).firstEntry().getValue();
      if (first != null) {
        scopes.add(AuditedScope.of(first));
      }
    }
    Map<String, AuditedScope> byKey = new HashMap<>();
    scopes.forEach(scope -> byKey.put(scope.key(), scope));
    return byKey;
  }

  /** Whether a state is what that act found of its scope. */
  private boolean explains(Commit.Act act, AuditedScope scope, @Nullable LimitState state) {
    Instant now = Instant.ofEpochMilli(act.at());
    return partitions.applyAsInt(scope.organization()) == act.partition()
        && (state == null || now.equals(state.getWrittenAt()))
        && mismatch(scope, act.tables(), now, state) == null;
  }

  /** What is wrong with a state; null if it is as it must be. */
  private @Nullable InvariantBroken mismatch(
      AuditedScope scope, TablePositions at, Instant now, @Nullable LimitState state) {
    LimitState expected = null;
    for (AuditedMinutes.Minute minute : minutes.of(scope)) {
      expected = rules.state(scope, at, now, minute);
      if (text(expected).equals(text(state))) {
        return null;
      }
    }
    return new InvariantBroken(
        isStoppedByWallet(state) == isStoppedByWallet(expected) ? TRUE : WalletLedger.TRUE,
        "%s is %s at %s, must be %s".formatted(scope.key(), text(state), now, text(expected)));
  }

  private static boolean isStoppedByWallet(@Nullable LimitState state) {
    return state != null && state.getReasons().contains("wallet");
  }

  private static String text(@Nullable LimitState state) {
    return state == null ? "none" : loud(state) + " " + quiet(state);
  }

  private void accept(Told told) {
    LimitState before = states.get(told.key);
    LimitState state = told.state;
    if (state == null) {
      unless(before != null, TRUE, "%s is taken back twice", told.key);
      states.remove(told.key);
      return;
    }
    long newest = versions.getOrDefault(told.key, 0L);
    Instant written = Objects.requireNonNull(state.getWrittenAt());
    unless(
        state.getVersion() > newest && state.getVersion() >= written.toEpochMilli(),
        TRUE,
        "%s has version %d after %d",
        told.key,
        state.getVersion(),
        newest);
    if (before != null && loud(before).equals(loud(state))) {
      unless(!quiet(before).equals(quiet(state)), TRUE, "%s was written again", told.key);
      unless(
          !written.isBefore(mayBeWritten(before)),
          TRUE,
          "%s was written at %s, and so soon after at %s",
          told.key,
          before.getWrittenAt(),
          written);
    }
    versions.put(told.key, state.getVersion());
    states.put(told.key, state);
  }

  private static Instant mayBeWritten(LimitState before) {
    return Objects.requireNonNull(before.getWrittenAt()).plus(BETWEEN_QUIET_WRITES);
  }

  /** A scope has the state that it must have, but for what may not be written yet. */
  private void check(AuditedScope scope, TablePositions at, Instant now) {
    LimitState state = states.get(scope.key());
    InvariantBroken mismatch = mismatch(scope, at, now, state);
    if (mismatch == null) {
      return;
    }
    boolean maySoon = false;
    if (state != null && mayBeWritten(state).isAfter(now)) {
      for (AuditedMinutes.Minute minute : minutes.of(scope)) {
        LimitState expected = rules.state(scope, at, now, minute);
        maySoon |= expected != null && loud(expected).equals(loud(state));
      }
    }
    if (!maySoon) {
      throw mismatch;
    }
  }

  /** What is written at once when it changes. */
  private static String loud(LimitState state) {
    List<String> reasons = new ArrayList<>(state.getReasons());
    reasons.sort(null);
    return "%s/%s/%s/%s/%s/%s %s %s, %s %s %s requests, tokens, of %s but %s"
        .formatted(
            state.getOrganizationId(),
            state.getScope(),
            state.getWorkspaceId(),
            state.getApiKeyId(),
            state.getSubjectKind(),
            state.getSubject(),
            state.getAdmission(),
            reasons,
            state.getRequestsPerMinute(),
            state.getTokensPerMinute(),
            state.getTokensPerDay(),
            state.getAllowedModels(),
            state.getDeniedModels());
  }

  /** What moves with usage alone. */
  private static String quiet(LimitState state) {
    return "%s of %s %s, %s left, until %s"
        .formatted(
            state.getSpent(),
            state.getAmount(),
            state.getCurrency(),
            state.getRemaining(),
            state.getUntil());
  }

  /**
   * Everything that was told is explained by now.
   *
   * @param last act of the transaction
   */
  void none(Commit.Act last, Deque<Told> left) {
    Told told = left.peek();
    if (told != null) {
      AuditedScope scope = Objects.requireNonNull(scopes().get(told.key));
      Instant now = Instant.ofEpochMilli(last.at());
      InvariantBroken mismatch = mismatch(scope, last.tables(), now, told.state);
      throw mismatch == null
          ? new InvariantBroken(TRUE, told.key + " was written when it was not yet so")
          : mismatch;
    }
  }

  void auditAtRest(Instant now, TablePositions everything) {
    for (AuditedScope scope : scopes().values()) {
      check(scope, everything, now);
    }
  }
}
