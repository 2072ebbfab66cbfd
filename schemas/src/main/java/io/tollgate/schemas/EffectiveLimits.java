package io.tollgate.schemas;

import io.tollgate.schemas.avro.Admission;
import io.tollgate.schemas.avro.LimitState;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the limit states of a key, its workspace and its organization (and of the user, model or
 * feature of a request, where there are such) say together. All of them apply and the strictest
 * wins: a scope may tighten what is above it, never loosen it.
 *
 * @param admission the strictest of the states'
 * @param reasons of the states that are that strict, from the organization down, each once
 * @param until when the last of these states is over; null if one is open-ended
 * @param remaining the least that is left of any state's tightest budget; below zero where it was
 *     overshot; null without a budget
 * @param currency of the organization; null without a state
 * @param requestsPerMinute the least of the configured; null if none is
 * @param tokensPerMinute the least of the configured; null if none is
 * @param tokensPerDay the least of the configured; null if none is
 * @param allowedModels names or patterns, one list for each scope that has one: a model must be in
 *     all of them
 * @param deniedModels names or patterns, of all scopes
 */
public record EffectiveLimits(
    Admission admission,
    List<String> reasons,
    @Nullable Instant until,
    @Nullable Money remaining,
    @Nullable String currency,
    @Nullable Long requestsPerMinute,
    @Nullable Long tokensPerMinute,
    @Nullable Long tokensPerDay,
    List<List<String>> allowedModels,
    List<String> deniedModels) {

  /** Where nothing limits. */
  public static final EffectiveLimits NONE = of(List.of(), Instant.EPOCH);

  /** The reason of a model that is not allowed or is denied. */
  public static final String MODEL = "model";

  public EffectiveLimits {
    Objects.requireNonNull(admission, "admission");
    reasons = List.copyOf(reasons);
    allowedModels = allowedModels.stream().map(List::copyOf).toList();
    deniedModels = List.copyOf(deniedModels);
  }

  /**
   * Combines states.
   *
   * @param states from the organization down
   * @param now a state that has an end is over then, also if nobody has written that yet
   */
  public static EffectiveLimits of(List<LimitState> states, Instant now) {
    Admission strictest = Admission.OPEN;
    for (LimitState state : states) {
      Admission admission = admission(state, now);
      if (admission.compareTo(strictest) > 0) {
        strictest = admission;
      }
    }
    Set<String> reasons = new LinkedHashSet<>();
    Set<String> denied = new LinkedHashSet<>();
    List<List<String>> allowed = new ArrayList<>();
    Instant until = Instant.MIN;
    BigDecimal remaining = null;
    Long requests = null;
    Long tokens = null;
    Long daily = null;
    for (LimitState state : states) {
      if (strictest != Admission.OPEN && admission(state, now) == strictest) {
        reasons.addAll(state.getReasons());
        until = later(until, state.getUntil());
      }
      remaining = least(remaining, state.getRemaining());
      requests = least(requests, state.getRequestsPerMinute());
      tokens = least(tokens, state.getTokensPerMinute());
      daily = least(daily, state.getTokensPerDay());
      if (state.getAllowedModels() != null) {
        allowed.add(state.getAllowedModels());
      }
      denied.addAll(state.getDeniedModels());
    }
    return new EffectiveLimits(
        strictest,
        List.copyOf(reasons),
        strictest == Admission.OPEN ? null : until,
        remaining == null ? null : Money.of(remaining),
        states.isEmpty() ? null : states.getFirst().getCurrency(),
        requests,
        tokens,
        daily,
        allowed,
        List.copyOf(denied));
  }

  private static Admission admission(LimitState state, Instant now) {
    Instant until = state.getUntil();
    return until != null && !until.isAfter(now) ? Admission.OPEN : state.getAdmission();
  }

  /** Null stands for no end. */
  private static @Nullable Instant later(@Nullable Instant one, @Nullable Instant other) {
    if (one == null || other == null) {
      return null;
    }
    return one.isAfter(other) ? one : other;
  }

  private static <C extends Comparable<C>> @Nullable C least(@Nullable C one, @Nullable C other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return one.compareTo(other) <= 0 ? one : other;
  }

  /** Whether a key that is not blocked may call the model: the name that the request asks for. */
  public boolean allows(String model) {
    return allowedModels.stream().allMatch(list -> matches(list, model))
        && !matches(deniedModels, model);
  }

  private static boolean matches(List<String> patterns, String model) {
    return patterns.stream().anyMatch(pattern -> NamePattern.matches(pattern, model));
  }

  /** These limits as a request for the model meets them: blocked for good if it is not allowed. */
  public EffectiveLimits forModel(String model) {
    if (allows(model)) {
      return this;
    }
    List<String> why = new ArrayList<>(List.of(MODEL));
    if (admission == Admission.BLOCKED) {
      why.addAll(reasons);
    }
    return new EffectiveLimits(
        Admission.BLOCKED,
        why,
        null,
        remaining,
        currency,
        requestsPerMinute,
        tokensPerMinute,
        tokensPerDay,
        allowedModels,
        deniedModels);
  }
}
