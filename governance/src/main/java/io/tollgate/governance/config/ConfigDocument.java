package io.tollgate.governance.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NumericNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.governance.spending.ScopeSpending;
import io.tollgate.governance.tenancy.MergePatch;
import io.tollgate.http.Refusal;
import io.tollgate.http.StrictJson;
import io.tollgate.schemas.InvalidInput;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A configuration document: what is set on one scope, in the words of its document.
 *
 * @param terms what the sections {@code rate_limiting}, {@code models} and {@code budgets} say
 * @param handedOn the sections that are stored and published as they are, by name
 */
record ConfigDocument(ScopeSpending.Terms terms, ObjectNode handedOn) {
  static final ConfigDocument EMPTY =
      new ConfigDocument(ScopeSpending.Terms.NONE, MergePatch.empty());

  static final List<String> HANDED_ON = List.of("routing", "caching", "mcp", "providers");
  private static final Map<String, List<String>> READ =
      Map.of(
          "rate_limiting", List.of("enabled", "rpm", "tpm"),
          "budgets", List.of("limit", "period"),
          "models", List.of("allowed", "denied"));

  /** What limits and budgets call the fields of a document. */
  private static final Map<String, String> NAMES =
      Map.of(
          "requests_per_minute", "rate_limiting.rpm",
          "tokens_per_minute", "rate_limiting.tpm",
          "allowed_models", "models.allowed",
          "denied_models", "models.denied",
          "amount", "budgets.limit",
          "period", "budgets.period");

  /** The document's words for periods, and those of budgets. */
  private static final Map<String, String> PERIODS =
      Map.of(
          "daily", "day",
          "weekly", "week",
          "monthly", "month",
          "quarterly", "quarter",
          "yearly", "year",
          "total", "total");

  private static final RateLimiting NO_LIMITS = new RateLimiting(false, null, null);
  private static final String USUAL_PERIOD = "monthly";

  /** Far beyond any amount, and little to write down. */
  private static final int MOST_SCALE = 64;

  static final int MOST_BYTES = 32 * 1024;
  static final int DEEPEST = 8;

  /**
   * How fast.
   *
   * @param enabled whether anything is limited; false removes the limits of this scope
   */
  record RateLimiting(@Nullable Boolean enabled, @Nullable Long rpm, @Nullable Long tpm) {
    boolean limits() {
      return enabled == null || enabled;
    }
  }

  /** At most how much per period, at which traffic stops. */
  record Budgets(String limit, @Nullable String period) {
    ScopeSpending.HardBudget budget() {
      String words = period == null ? USUAL_PERIOD : period;
      String known = PERIODS.get(words);
      if (known == null) {
        throw new InvalidInput(
            "period", words, "must be daily, weekly, monthly, quarterly, yearly or total");
      }
      return new ScopeSpending.HardBudget(limit, known);
    }
  }

  /** Which models: names or patterns. */
  record Models(@Nullable List<String> allowed, @Nullable List<String> denied) {}

  /** A document as it is written; what is not here is refused by name. */
  record Written(
      @Nullable RateLimiting rateLimiting,
      @Nullable Budgets budgets,
      @Nullable Models models,
      @Nullable ObjectNode routing,
      @Nullable ObjectNode caching,
      @Nullable ObjectNode mcp,
      @Nullable ObjectNode providers) {}

  /**
   * This document with a merge patch on it.
   *
   * @throws InvalidInput naming what the patch may not hold or would come to
   */
  ConfigDocument with(ObjectNode patch) {
    checkNames(patch);
    ObjectNode merged = MergePatch.apply(json(), patch);
    if (patch.get("rate_limiting") instanceof ObjectNode rates && !rates.has("enabled")) {
      dropIfUnlimited(merged);
    }
    readAmount(merged);
    merged.properties().removeIf(section -> isGone(section.getKey(), section.getValue()));
    Written written = StrictJson.read(StrictJson.write(merged), Written.class);
    ObjectNode sections = MergePatch.empty();
    for (String name : HANDED_ON) {
      if (merged.has(name)) {
        checkDepth(name, merged.path(name), DEEPEST);
        sections.set(name, merged.path(name));
      }
    }
    int bytes = StrictJson.write(sections).length;
    InvalidInput.unless(
        bytes <= MOST_BYTES,
        String.join(", ", HANDED_ON),
        bytes + " bytes",
        "must be at most " + MOST_BYTES + " bytes together");
    return new ConfigDocument(named(() -> terms(written)), sections);
  }

  /** That limits are on is told, not kept: where the last one is removed it is no longer so. */
  private static void dropIfUnlimited(ObjectNode merged) {
    JsonNode rates = merged.path("rate_limiting");
    if (rates.isObject() && !rates.has("rpm") && !rates.has("tpm")) {
      merged.remove("rate_limiting");
    }
  }

  /** An amount may be a number, as clients of such documents write it: its digits are taken. */
  private static void readAmount(ObjectNode merged) {
    if (merged.get("budgets") instanceof ObjectNode budgets
        && budgets.get("limit") instanceof NumericNode number) {
      BigDecimal limit = number.decimalValue();
      InvalidInput.unless(
          Math.abs(limit.scale()) <= MOST_SCALE,
          "budgets.limit",
          limit.toString(),
          "must be a plain decimal amount");
      budgets.put("limit", limit.toPlainString());
    }
  }

  /** A section from which everything was removed says nothing. */
  private static boolean isGone(String name, JsonNode section) {
    return READ.containsKey(name) && section.isObject() && section.isEmpty();
  }

  private static void checkNames(ObjectNode patch) {
    patch
        .properties()
        .forEach(
            member -> {
              String name = member.getKey();
              InvalidInput.unless(
                  READ.containsKey(name) || HANDED_ON.contains(name),
                  name,
                  member.getValue().toString(),
                  "is not a section; known are rate_limiting, budgets, models, "
                      + String.join(", ", HANDED_ON));
              if (READ.containsKey(name) && member.getValue() instanceof ObjectNode section) {
                section
                    .fieldNames()
                    .forEachRemaining(
                        field ->
                            InvalidInput.unless(
                                Objects.requireNonNull(READ.get(name)).contains(field),
                                name + "." + field,
                                section.path(field).toString(),
                                "is not a field here; known are "
                                    + String.join(", ", Objects.requireNonNull(READ.get(name)))));
              }
            });
  }

  private static void checkDepth(String field, JsonNode node, int left) {
    InvalidInput.unless(
        left > 0 || node.isValueNode(), field, "more", "must nest at most " + DEEPEST + " deep");
    for (JsonNode child : node) {
      checkDepth(field, child, left - 1);
    }
  }

  /**
   * Does what may break rules of limits and budgets, which name their fields in their own words.
   */
  static <T> T named(Supplier<T> work) {
    try {
      return work.get();
    } catch (InvalidInput e) {
      throw new InvalidInput(inDocument(e.field()), e.value(), e.rule());
    } catch (Refusal e) {
      throw e.field().map(field -> e.about(inDocument(field))).orElse(e);
    }
  }

  private static String inDocument(String name) {
    int element = name.indexOf('[');
    String field = element < 0 ? name : name.substring(0, element);
    String rest = element < 0 ? "" : name.substring(element);
    return NAMES.getOrDefault(field, field) + rest;
  }

  private static ScopeSpending.Terms terms(Written written) {
    RateLimiting rates = written.rateLimiting();
    InvalidInput.unless(
        rates == null || !rates.limits() || rates.rpm() != null || rates.tpm() != null,
        "rate_limiting.enabled",
        "true",
        "must come with rpm or tpm");
    RateLimiting limits = rates == null || !rates.limits() ? NO_LIMITS : rates;
    Models models = written.models();
    return new ScopeSpending.Terms(
        limits.rpm(),
        limits.tpm(),
        models == null ? null : models.allowed(),
        models == null || models.denied() == null ? List.of() : models.denied(),
        written.budgets() == null ? null : written.budgets().budget());
  }

  /** The document: only what is set here. */
  ObjectNode json() {
    ObjectNode json = MergePatch.empty();
    if (terms.requestsPerMinute() != null || terms.tokensPerMinute() != null) {
      ObjectNode rates = json.putObject("rate_limiting").put("enabled", true);
      put(rates, "rpm", terms.requestsPerMinute());
      put(rates, "tpm", terms.tokensPerMinute());
    }
    ScopeSpending.HardBudget budget = terms.budget();
    if (budget != null) {
      json.putObject("budgets").put("limit", budget.amount()).put("period", word(budget.period()));
    }
    if (terms.allowedModels() != null || !terms.deniedModels().isEmpty()) {
      ObjectNode models = json.putObject("models");
      if (terms.allowedModels() != null) {
        models.set("allowed", StrictJson.mapper().valueToTree(terms.allowedModels()));
      }
      if (!terms.deniedModels().isEmpty()) {
        models.set("denied", StrictJson.mapper().valueToTree(terms.deniedModels()));
      }
    }
    json.setAll(handedOn.deepCopy());
    return json;
  }

  private static void put(ObjectNode node, String name, @Nullable Long value) {
    if (value != null) {
      node.put(name, value);
    }
  }

  private static String word(String period) {
    return PERIODS.entrySet().stream()
        .filter(entry -> entry.getValue().equals(period))
        .findFirst()
        .orElseThrow()
        .getKey();
  }
}
