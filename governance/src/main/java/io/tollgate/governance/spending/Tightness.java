package io.tollgate.governance.spending;

import io.tollgate.rating.ModelPattern;
import io.tollgate.schemas.avro.Limit;
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
   * Whether every name that the pattern below matches is matched by the one above: exactly where
   * the one above matches the text of the one below, because a * in that text can only be matched
   * by a * above, which then takes whatever else could stand there.
   */
  private static boolean covers(String above, String below) {
    return ModelPattern.of(above).matches(below);
  }
}
