package io.tollgate.schemas;

/** The one form that all ids have. */
public final class Ids {
  /** The rule in words, for error messages. */
  public static final String RULE = "must match [A-Za-z0-9_-]{1,64}";

  private static final int LONGEST = 64;

  /** A bit for each allowed character below 64 and for each from 64 to 127. */
  private static final long LOW = bits("-0123456789", 0);

  private static final long HIGH =
      bits("ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz", Long.SIZE);

  private Ids() {}

  /**
   * Gives the id back.
   *
   * @throws InvalidInput if it does not match the rule
   */
  public static String check(String field, String id) {
    InvalidInput.unless(isValid(id), field, id, RULE);
    return id;
  }

  /**
   * Whether the text has the form of an id. A loop over bits, not a regular expression: it runs
   * several times per event.
   */
  public static boolean isValid(String id) {
    int length = id.length();
    if (length == 0 || length > LONGEST) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      char c = id.charAt(i);
      long bits = c < Long.SIZE ? LOW : HIGH;
      // The shift takes the lowest six bits of the character only.
      if (c >= 2 * Long.SIZE || (bits >>> c & 1) == 0) {
        return false;
      }
    }
    return true;
  }

  private static long bits(String characters, int from) {
    long bits = 0;
    for (int i = 0; i < characters.length(); i++) {
      bits |= 1L << (characters.charAt(i) - from);
    }
    return bits;
  }
}
