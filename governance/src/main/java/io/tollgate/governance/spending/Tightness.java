package io.tollgate.governance.spending;

import io.tollgate.governance.store.Inputs;
import io.tollgate.http.Refusal;
import io.tollgate.rating.ModelPattern;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.Limit;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether limits below are at least as tight as those above. What is not set below is inherited, so
 * only what is set can be looser; a denied model cannot be, because what is denied above stays
 * denied whatever is said below.
 */
final class Tightness {
  private Tightness() {}

  /**
   * What is set looser below.
   *
   * @param field by its name in a request
   */
  record Looser(String field, String below, String above) {}

  /** The first limit that is looser below than above; empty if none is. */
  static Optional<Looser> looser(Limit below, Limit above) {
    return looser("requests_per_minute", below.getRequestsPerMinute(), above.getRequestsPerMinute())
        .or(
            () ->
                looser("tokens_per_minute", below.getTokensPerMinute(), above.getTokensPerMinute()))
        .or(() -> looser("tokens_per_day", below.getTokensPerDay(), above.getTokensPerDay()))
        .or(() -> looserModel(below.getAllowedModels(), above.getAllowedModels()));
  }

  private static Optional<Looser> looser(String field, @Nullable Long below, @Nullable Long above) {
    return below != null && above != null && below > above
        ? Optional.of(new Looser(field, below.toString(), above.toString()))
        : Optional.empty();
  }

  private static Optional<Looser> looserModel(
      @Nullable List<String> below, @Nullable List<String> above) {
    if (below == null || above == null) {
      return Optional.empty();
    }
    return below.stream()
        .filter(model -> above.stream().noneMatch(allowed -> covers(allowed, model)))
        .findFirst()
        .map(model -> new Looser("allowed_models", model, String.join(", ", above)));
  }

  /**
   * For whoever may tighten only.
   *
   * @throws Refusal 403 naming what would be looser than it is, or be taken away
   */
  static void requireTighter(Limit present, Limit wanted) {
    looser(wanted, present).ifPresent(looser -> refuse(looser.field(), looser.below()));
    takenAway("requests_per_minute", present.getRequestsPerMinute(), wanted.getRequestsPerMinute());
    takenAway("tokens_per_minute", present.getTokensPerMinute(), wanted.getTokensPerMinute());
    takenAway("tokens_per_day", present.getTokensPerDay(), wanted.getTokensPerDay());
    takenAway("allowed_models", present.getAllowedModels(), wanted.getAllowedModels());
    if (!wanted.getDeniedModels().containsAll(present.getDeniedModels())) {
      refuse("denied_models", String.join(", ", wanted.getDeniedModels()));
    }
  }

  private static void takenAway(String field, @Nullable Object present, @Nullable Object wanted) {
    if (present != null && wanted == null) {
      refuseRemoval(field);
    }
  }

  /**
   * For whoever may tighten only. A budget is stricter at a lower amount, at a lower first
   * threshold, and when it stops what a soft one would only tell; another period is another budget.
   *
   * @throws Refusal 403 naming what would be looser than it is
   */
  static void requireTighter(Budget present, Budget wanted) {
    if (wanted.getAmount().compareTo(present.getAmount()) > 0) {
      refuse("amount", Inputs.plain(wanted.getAmount()));
    }
    if (present.getHard() && !wanted.getHard()) {
      refuse("hard", "false");
    }
    if (!wanted.getPeriod().equals(present.getPeriod())) {
      refuse("period", wanted.getPeriod());
    }
    if (wanted.getAnchorDay() != present.getAnchorDay()) {
      refuse("anchor_day", Integer.toString(wanted.getAnchorDay()));
    }
    for (BigDecimal threshold : present.getThresholds()) {
      if (wanted.getThresholds().stream().noneMatch(one -> one.compareTo(threshold) == 0)) {
        refuse("thresholds", Inputs.plain(threshold) + " is not among them");
      }
    }
  }

  private static void refuse(String field, String value) {
    throw Refusal.forbidden(field, value, "would be looser, and your role may tighten only");
  }

  /**
   * For whoever may tighten only.
   *
   * @throws Refusal 403 always, naming what would be taken away
   */
  static void refuseRemoval(String field) {
    throw Refusal.forbidden(field, "null", "takes it away, and your role may tighten only");
  }

  /**
   * For whoever may tighten only.
   *
   * @throws Refusal 403 always
   */
  static void refuseRemoval() {
    throw Refusal.forbidden("your role may tighten only, not take away");
  }

  /**
   * Whether every name that the pattern below matches is matched by the one above: exactly where
   * the one above matches the text of the one below, because a * in that text can only be matched
   * by a * above, which then takes whatever else could stand there.
   */
  private static boolean covers(String above, String below) {
    return ModelPattern.of(above).matches(below);
  }
}
