package io.tollgate.schemas;

/**
 * Names in which {@code *} stands for any number of characters; everything else, upper and lower
 * case included, stands for itself.
 */
public final class NamePattern {
  public static final char ANY = '*';

  private NamePattern() {}

  /** Whether a pattern stands for a name; one without {@code *} stands for itself only. */
  public static boolean matches(String pattern, String name) {
    int at = 0;
    int in = 0;
    int star = -1;
    int starIn = 0;
    while (in < name.length()) {
      if (at < pattern.length() && pattern.charAt(at) == ANY) {
        star = at++;
        starIn = in;
      } else if (at < pattern.length() && pattern.charAt(at) == name.charAt(in)) {
        at++;
        in++;
      } else if (star >= 0) {
        // Only the last * needs another try: what comes before it has matched as early as it can.
        at = star + 1;
        in = ++starIn;
      } else {
        return false;
      }
    }
    while (at < pattern.length() && pattern.charAt(at) == ANY) {
      at++;
    }
    return at == pattern.length();
  }
}
