package io.tollgate.rating;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelPatternTest {

  @ParameterizedTest
  @CsvSource({
    "gpt-4o, gpt-4o, true",
    "gpt-4o, gpt-4o-mini, false",
    "gpt-4o, GPT-4o, false",
    "gpt-4o*, gpt-4o, true",
    "gpt-4o*, gpt-4o-2024-08-06, true",
    "gpt-4o*, gpt-4, false",
    "*-latest, claude-latest, true",
    "*-latest, claude-latest-2, false",
    "claude-*-4-5*, claude-sonnet-4-5-20250929, true",
    "claude-*-4-5*, claude-sonnet-4-6, false",
    "a*b*c, abbcbc, true",
    "a*b*c, acb, false",
    "*, '', true",
    "*, anything, true",
    "a**b, axb, true",
    "a.c, abc, false",
  })
  void aStarStandsForAnyNumberOfCharacters(String pattern, String name, boolean matches) {
    assertThat(ModelPattern.of(pattern).matches(name)).isEqualTo(matches);
  }

  @Test
  void theLongerLiteralPrefixComesFirstThenTheMoreLiteralCharacters() {
    assertThat(
            Stream.of("*", "gpt-*", "*mini", "gpt-4*", "gpt-*-mini", "gpt-4*-mini", "*-mini")
                .map(ModelPattern::of)
                .sorted(ModelPattern.MOST_SPECIFIC_FIRST)
                .map(ModelPattern::toString))
        .containsExactly("gpt-4*-mini", "gpt-4*", "gpt-*-mini", "gpt-*", "*-mini", "*mini", "*");
  }

  @Test
  void matchesAsTheEquivalentRegularExpression() {
    Random random = new Random(1);
    for (int round = 0; round < 20_000; round++) {
      String pattern = word(random, "ab*", 6);
      String name = word(random, "ab", 8);
      assertThat(ModelPattern.of(pattern).matches(name))
          .as("%s on %s", pattern, name)
          .isEqualTo(name.matches(pattern.replace("*", ".*")));
    }
  }

  @Test
  void overlapsWhereSomeNameMatchesBoth() {
    List<String> names = new ArrayList<>(List.of(""));
    for (int from = 0, length = 1; length <= 8; length++) {
      int until = names.size();
      for (; from < until; from++) {
        names.add(names.get(from) + "a");
        names.add(names.get(from) + "b");
      }
    }
    Random random = new Random(2);
    for (int round = 0; round < 1_000; round++) {
      ModelPattern one = ModelPattern.of(word(random, "ab*", 4));
      ModelPattern other = ModelPattern.of(word(random, "ab*", 4));
      // Two patterns with at most 4 literals each have a common name of at most 8, if any.
      boolean common = names.stream().anyMatch(name -> one.matches(name) && other.matches(name));
      assertThat(one.overlaps(other)).as("%s and %s", one, other).isEqualTo(common);
      assertThat(other.overlaps(one)).isEqualTo(common);
    }
  }

  private static String word(Random random, String letters, int longest) {
    StringBuilder word = new StringBuilder();
    for (int length = random.nextInt(longest + 1); length > 0; length--) {
      word.append(letters.charAt(random.nextInt(letters.length())));
    }
    return word.toString();
  }
}
