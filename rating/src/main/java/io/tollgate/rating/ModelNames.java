package io.tollgate.rating;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.avro.ModelAlias;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Under which names one provider's models are priced by one version: by their own name, else by an
 * alias, else by the most specific pattern. Immutable but for what it remembers; thread-safe.
 */
final class ModelNames {
  /**
   * Names that patterns were tried on and whose result is kept. Events carry any name they like, so
   * that this has a bound; at it everything is forgotten, which costs the search again.
   */
  static final int MOST_REMEMBERED = 4096;

  private final Map<String, ModelRates> literal;
  private final List<Pattern> patterns;
  private final Map<String, ModelRates> remembered = new ConcurrentHashMap<>();

  private ModelNames(Map<String, ModelRates> literal, List<Pattern> patterns) {
    this.literal = literal;
    this.patterns = patterns;
  }

  private record Pattern(ModelPattern pattern, ModelRates rates) {}

  /** The rates for a model that served a request; null if no name or pattern matches it. */
  @Nullable ModelRates find(String model) {
    ModelRates named = literal.get(model);
    if (named != null || patterns.isEmpty()) {
      return named;
    }
    ModelRates known = remembered.get(model);
    if (known == null) {
      known = byPattern(model);
      if (remembered.size() >= MOST_REMEMBERED) {
        remembered.clear();
      }
      remembered.put(model, known);
    }
    return known == ModelRates.NONE ? null : known;
  }

  private ModelRates byPattern(String model) {
    for (Pattern one : patterns) {
      if (one.pattern().matches(model)) {
        return one.rates();
      }
    }
    return ModelRates.NONE;
  }

  /**
   * The names of one provider.
   *
   * @param models by the name, or pattern, that the rates give
   * @throws InvalidInput if an alias leads nowhere, is there twice or is a model's own name, or if
   *     two patterns are equally specific and one name can match both
   */
  static ModelNames of(Map<String, ModelRates> models, List<ModelAlias> aliases) {
    Map<String, ModelRates> literal = new HashMap<>();
    Map<String, ModelRates> byPattern = new HashMap<>();
    models.forEach(
        (name, rates) -> (ModelPattern.isPattern(name) ? byPattern : literal).put(name, rates));
    for (ModelAlias alias : aliases) {
      String shown = alias.getProvider() + "/" + alias.getAlias();
      ModelRates rates = models.get(alias.getModel());
      if (rates == null) {
        throw new InvalidInput(
            "aliases",
            shown,
            "must lead to a model that has rates in this version, not to " + alias.getModel());
      }
      boolean pattern = ModelPattern.isPattern(alias.getAlias());
      if ((pattern ? byPattern : literal).putIfAbsent(alias.getAlias(), rates) != null) {
        throw new InvalidInput(
            "aliases", shown, "must not be given twice, nor be the name of a model with rates");
      }
    }
    List<Pattern> patterns = new ArrayList<>();
    byPattern.forEach((text, rates) -> patterns.add(new Pattern(ModelPattern.of(text), rates)));
    patterns.sort(
        Comparator.comparing(Pattern::pattern, ModelPattern.MOST_SPECIFIC_FIRST)
            .thenComparing(one -> one.pattern().toString()));
    refuseTies(patterns);
    return new ModelNames(literal, List.copyOf(patterns));
  }

  private static void refuseTies(List<Pattern> patterns) {
    for (int i = 0; i < patterns.size(); i++) {
      Pattern one = patterns.get(i);
      for (int j = i + 1; j < patterns.size(); j++) {
        Pattern other = patterns.get(j);
        if (ModelPattern.MOST_SPECIFIC_FIRST.compare(one.pattern(), other.pattern()) != 0) {
          break;
        }
        if (one.rates() != other.rates() && one.pattern().overlaps(other.pattern())) {
          throw new InvalidInput(
              "model",
              one.pattern() + " and " + other.pattern(),
              "are equally specific patterns for different rates, and a name can match both");
        }
      }
    }
  }
}
