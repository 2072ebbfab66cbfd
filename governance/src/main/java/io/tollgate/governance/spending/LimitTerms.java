package io.tollgate.governance.spending;

import io.tollgate.governance.store.Inputs;
import io.tollgate.schemas.InvalidInput;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The limits of one scope, as a whole: what is left out is not limited here. Those above apply as
 * well.
 *
 * @param tokensPerDay by days of the organization's time zone
 * @param allowedModels names, or patterns with {@code *}; all but the denied if left out
 * @param deniedModels names or patterns; they win over the allowed
 */
record LimitTerms(
    @Nullable Long requestsPerMinute,
    @Nullable Long tokensPerMinute,
    @Nullable Long tokensPerDay,
    @Nullable List<String> allowedModels,
    @Nullable List<String> deniedModels) {
  static final int MOST_MODELS = 100;

  /** As many units as one request may have; more is no limit. */
  private static final long MOST = 1_000_000_000_000L;

  LimitTerms {
    count("requests_per_minute", requestsPerMinute);
    count("tokens_per_minute", tokensPerMinute);
    count("tokens_per_day", tokensPerDay);
    if (allowedModels != null) {
      allowedModels = models("allowed_models", allowedModels);
      InvalidInput.unless(
          !allowedModels.isEmpty(),
          "allowed_models",
          "[]",
          "must name at least one model; leave it out to allow all, deny * to allow none");
    }
    deniedModels = models("denied_models", deniedModels == null ? List.of() : deniedModels);
  }

  /**
   * Refuses limits that limit nothing. Not a rule of construction: of a misspelt field a reader
   * should say that it is not known.
   */
  void requireAny() {
    InvalidInput.unless(
        requestsPerMinute != null
            || tokensPerMinute != null
            || tokensPerDay != null
            || allowedModels != null
            || !denied().isEmpty(),
        "body",
        "{}",
        "must set at least one limit; DELETE removes all of them");
  }

  List<String> denied() {
    return deniedModels == null ? List.of() : deniedModels;
  }

  private static void count(String field, @Nullable Long count) {
    if (count != null) {
      InvalidInput.unless(
          count >= 1 && count <= MOST,
          field,
          count,
          "must be 1 to " + MOST + "; leave it out for no limit");
    }
  }

  private static List<String> models(String field, List<String> models) {
    InvalidInput.unless(
        models.size() <= MOST_MODELS,
        field,
        models.size() + " models",
        "must be at most " + MOST_MODELS);
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < models.size(); i++) {
      String model = Inputs.text(field + "[" + i + "]", models.get(i));
      InvalidInput.unless(seen.add(model), field + "[" + i + "]", model, "is given twice");
    }
    return List.copyOf(models);
  }
}
