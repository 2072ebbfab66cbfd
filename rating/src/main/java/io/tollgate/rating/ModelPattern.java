package io.tollgate.rating;

import io.tollgate.schemas.NamePattern;
import java.util.Comparator;
import java.util.Objects;

/**
 * Names of models in which {@code *} stands for any number of characters; everything else, upper
 * and lower case included, stands for itself.
 */
public final class ModelPattern {
  private static final char ANY = NamePattern.ANY;

  /**
   * The most specific first: the longer literal prefix, then the more literal characters in all.
   * Patterns of which neither comes first are a tie where one name can match both.
   */
  public static final Comparator<ModelPattern> MOST_SPECIFIC_FIRST =
      Comparator.comparingInt((ModelPattern pattern) -> pattern.prefix)
          .thenComparingInt(pattern -> pattern.literals)
          .reversed();

  private final String text;
  private final int prefix;
  private final int literals;

  private ModelPattern(String text, int prefix, int literals) {
    this.text = text;
    this.prefix = prefix;
    this.literals = literals;
  }

  /** Whether a model's name in a price version is a pattern. */
  public static boolean isPattern(String text) {
    return text.indexOf(ANY) >= 0;
  }

  /** The pattern of that text; text without {@code *} matches itself only. */
  public static ModelPattern of(String text) {
    Objects.requireNonNull(text, "text");
    int first = text.indexOf(ANY);
    int literals = (int) text.chars().filter(c -> c != ANY).count();
    return new ModelPattern(text, first < 0 ? text.length() : first, literals);
  }

  public boolean matches(String name) {
    return NamePattern.matches(text, name);
  }

  /** Whether some name matches both. */
  public boolean overlaps(ModelPattern other) {
    String one = text;
    String two = other.text;
    // reached[j]: the first i characters of one and the first j of two can stand for the same text.
    boolean[] reached = new boolean[two.length() + 1];
    for (int i = 0; i <= one.length(); i++) {
      boolean[] next = new boolean[two.length() + 1];
      boolean anyOfOne = i > 0 && one.charAt(i - 1) == ANY;
      for (int j = 0; j <= two.length(); j++) {
        boolean anyOfTwo = j > 0 && two.charAt(j - 1) == ANY;
        if (i == 0 && j == 0) {
          next[j] = true;
        } else if (anyOfOne || anyOfTwo) {
          next[j] = (i > 0 && reached[j]) || (j > 0 && next[j - 1]);
        } else {
          next[j] = i > 0 && j > 0 && reached[j - 1] && one.charAt(i - 1) == two.charAt(j - 1);
        }
      }
      reached = next;
    }
    return reached[two.length()];
  }

  @Override
  public String toString() {
    return text;
  }
}
