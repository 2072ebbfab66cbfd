package io.tollgate.governance.config;

import static io.tollgate.governance.config.ConfigDocumentTest.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.governance.spending.ScopeSpending;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.NamePattern;
import java.math.BigDecimal;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No sequence of patches leaves a workspace looser than its organization. What looser means is said
 * here again, by trying: more requests, more money, a model that the organization does not allow.
 */
class ConfigTighteningTest {
  private static final List<String> MODELS =
      List.of("gpt-4", "gpt-4o", "gpt-4o-mini", "claude-sonnet", "o1", "o1-mini");
  private static final List<String> PATTERNS =
      List.of("*", "gpt-*", "gpt-4*", "*-mini", "gpt-4o", "o1*", "claude-sonnet", "o1");

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void noSequenceOfPatchesLoosensWhatIsBelow(long seed) {
    Random random = new Random(seed);
    ConfigDocument organization = ConfigDocument.EMPTY;
    ConfigDocument workspace = ConfigDocument.EMPTY;
    int accepted = 0;
    int refused = 0;
    for (int i = 0; i < 2_000; i++) {
      boolean above = random.nextBoolean();
      ConfigDocument wanted;
      try {
        wanted = (above ? organization : workspace).with(json(patch(random)));
      } catch (InvalidInput e) {
        // A budget without a limit and the like: refused whoever asks.
        continue;
      }
      ConfigDocument wouldBeAbove = above ? wanted : organization;
      ConfigDocument wouldBeBelow = above ? workspace : wanted;
      if (ScopeSpending.looser(wouldBeBelow.terms(), wouldBeAbove.terms()).isPresent()) {
        refused++;
        continue;
      }
      accepted++;
      organization = wouldBeAbove;
      workspace = wouldBeBelow;
      assertNotLooser(workspace.terms(), organization.terms());
    }
    assertThat(accepted).isGreaterThan(300);
    assertThat(refused).isGreaterThan(100);
  }

  private static String patch(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> "{'rate_limiting':{'rpm':" + orNull(random, 1 + random.nextInt(5)) + "}}";
      case 1 -> "{'rate_limiting':{'tpm':" + orNull(random, 1 + random.nextInt(5)) + "}}";
      case 2 -> "{'models':{'allowed':" + orNull(random, patterns(random)) + "}}";
      case 3 -> "{'models':{'denied':" + orNull(random, patterns(random)) + "}}";
      case 4 ->
          "{'budgets':"
              + orNull(
                  random,
                  "{'limit':'%d','period':'%s'}"
                      .formatted(1 + random.nextInt(5), random.nextBoolean() ? "daily" : "monthly"))
              + "}";
      default -> "{'rate_limiting':null,'routing':{'r':" + random.nextInt(3) + "}}";
    };
  }

  private static String orNull(Random random, Object value) {
    return random.nextInt(4) == 0 ? "null" : value.toString();
  }

  private static String patterns(Random random) {
    return Stream.generate(() -> PATTERNS.get(random.nextInt(PATTERNS.size())))
        .limit(1 + random.nextInt(3))
        .distinct()
        .map(pattern -> "'" + pattern + "'")
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static void assertNotLooser(ScopeSpending.Terms below, ScopeSpending.Terms above) {
    assertNotMore(below.requestsPerMinute(), above.requestsPerMinute());
    assertNotMore(below.tokensPerMinute(), above.tokensPerMinute());
    if (below.allowedModels() != null && above.allowedModels() != null) {
      for (String model : MODELS) {
        assertThat(!matches(below.allowedModels(), model) || matches(above.allowedModels(), model))
            .as("%s: %s within %s", model, below.allowedModels(), above.allowedModels())
            .isTrue();
      }
    }
    ScopeSpending.HardBudget budget = below.budget();
    ScopeSpending.HardBudget limit = above.budget();
    if (budget != null && limit != null && budget.period().equals(limit.period())) {
      assertThat(new BigDecimal(budget.amount()))
          .isLessThanOrEqualTo(new BigDecimal(limit.amount()));
    }
  }

  private static void assertNotMore(@Nullable Long below, @Nullable Long above) {
    if (below != null && above != null) {
      assertThat(below).isLessThanOrEqualTo(above);
    }
  }

  private static boolean matches(List<String> patterns, String model) {
    return patterns.stream().anyMatch(pattern -> NamePattern.matches(pattern, model));
  }
}
