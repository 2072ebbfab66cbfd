package io.tollgate.app.prices;

import io.tollgate.rating.ModelPattern;
import io.tollgate.schemas.avro.ModelAlias;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The names under which one provider's models are priced in genai-prices: clauses per model, of
 * which the source takes the first model in its list that matches. Here the most specific pattern
 * wins, whatever the order, and equally specific ones are refused. So a pattern that ties with an
 * earlier one is narrowed or left out, and where a later pattern takes names from an earlier one
 * that is said.
 */
final class GenaiNames {
  private record Named(ModelPattern pattern, String model) {}

  private final String provider;
  private final List<NotImported> notImported;
  private final Map<String, String> literal = new LinkedHashMap<>();
  private final List<Named> patterns = new ArrayList<>();

  GenaiNames(String provider, List<NotImported> notImported) {
    this.provider = provider;
    this.notImported = notImported;
  }

  private void report(String model, String field, Object value, String reason) {
    notImported.add(new NotImported(provider + "/" + model, field, value.toString(), reason));
  }

  /** Adds a model's id and its clauses; models must come in the order of the source. */
  void add(String id, @Nullable Json match) {
    addLiteral(id, id);
    if (match != null) {
      addClauses(id, match);
    }
  }

  private void addClauses(String id, Json match) {
    if (!(match instanceof Json.Fields clauses)) {
      report(id, "match", match, "is not a clause");
      return;
    }
    clauses
        .values()
        .forEach(
            (kind, value) -> {
              if (kind.equals("or") && value instanceof Json.Items any) {
                any.values().forEach(clause -> addClauses(id, clause));
              } else if (value instanceof Json.Text text) {
                addClause(id, kind, text.value());
              } else {
                report(id, "match." + kind, value, "is a clause that no pattern says");
              }
            });
  }

  private void addClause(String id, String kind, String text) {
    if (ModelPattern.isPattern(text)) {
      report(id, "match." + kind, text, "has a *, which is a pattern here");
      return;
    }
    switch (kind) {
      case "equals" -> addLiteral(id, text);
      case "starts_with" -> addPattern(id, kind, text + "*", null);
      case "ends_with" -> addPattern(id, kind, "*" + text, null);
      case "contains" -> addPattern(id, kind, "*" + text + "*", text + "*");
      default -> report(id, "match." + kind, text, "is a clause that no pattern says");
    }
  }

  private void addLiteral(String id, String name) {
    String owner = literal.get(name);
    Optional<Named> earlier =
        patterns.stream()
            .filter(one -> !one.model().equals(id) && one.pattern().matches(name))
            .findFirst();
    if (owner == null && earlier.isEmpty()) {
      literal.put(name, id);
    } else if (owner == null) {
      literal.put(name, id);
      report(
          id,
          "match",
          name,
          "also matches "
              + earlier.get().pattern()
              + " of the earlier model "
              + earlier.get().model()
              + ": the name itself comes first here");
    } else if (!owner.equals(id)) {
      report(id, "match.equals", name, "is a name of the earlier model " + owner);
    }
  }

  /** A narrower pattern is tried where the one wanted ties. */
  private void addPattern(String id, String kind, String text, @Nullable String narrower) {
    ModelPattern pattern = ModelPattern.of(text);
    Optional<Named> tied = tiedWith(id, pattern);
    if (tied.isEmpty()) {
      patterns.add(new Named(pattern, id));
      return;
    }
    String why = "ties with %s of model %s".formatted(tied.get().pattern(), tied.get().model());
    if (narrower != null && tiedWith(id, ModelPattern.of(narrower)).isEmpty()) {
      patterns.add(new Named(ModelPattern.of(narrower), id));
      report(id, "match." + kind, text, why + "; taken over as " + narrower);
    } else {
      report(id, "match." + kind, text, why);
    }
  }

  private Optional<Named> tiedWith(String id, ModelPattern pattern) {
    return patterns.stream()
        .filter(
            one ->
                !one.model().equals(id)
                    && ModelPattern.MOST_SPECIFIC_FIRST.compare(one.pattern(), pattern) == 0
                    && one.pattern().overlaps(pattern))
        .findFirst();
  }

  /** Says where the order of the source would have chosen otherwise. */
  void reportOrder() {
    for (int i = 0; i < patterns.size(); i++) {
      Named one = patterns.get(i);
      List<Named> stronger =
          patterns.subList(i + 1, patterns.size()).stream()
              .filter(
                  later ->
                      !later.model().equals(one.model())
                          && ModelPattern.MOST_SPECIFIC_FIRST.compare(
                                  later.pattern(), one.pattern())
                              < 0
                          && later.pattern().overlaps(one.pattern()))
              .toList();
      if (!stronger.isEmpty()) {
        report(
            one.model(),
            "match",
            one.pattern(),
            "a name that also matches %s of the later model %s%s is priced by that one"
                .formatted(
                    stronger.getFirst().pattern(),
                    stronger.getFirst().model(),
                    stronger.size() == 1
                        ? ""
                        : ", or one of %d more".formatted(stronger.size() - 1)));
      }
    }
  }

  /** The aliases that lead to a model. */
  List<ModelAlias> aliases(String model) {
    List<ModelAlias> aliases = new ArrayList<>();
    literal.forEach(
        (name, id) -> {
          if (id.equals(model) && !name.equals(model)) {
            aliases.add(new ModelAlias(provider, name, model));
          }
        });
    patterns.stream()
        .filter(one -> one.model().equals(model))
        .map(one -> one.pattern().toString())
        .distinct()
        .forEach(text -> aliases.add(new ModelAlias(provider, text, model)));
    return aliases;
  }
}
