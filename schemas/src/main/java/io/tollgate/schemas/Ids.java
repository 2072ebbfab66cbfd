package io.tollgate.schemas;

/** The one form that all ids have. */
public final class Ids {
  /** The rule in words, for error messages. */
  public static final String RULE = "must match [A-Za-z0-9_-]{1,64}";

  private static final int LONGEST = 64;

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
   * Whether the text has the form of an id. A loop, not a regular expression: it runs several times
   * per event.
   */
  public static boolean isValid(String id) {
    int length = id.length();
    if (length == 0 || length > LONGEST) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      char c = id.charAt(i);
      boolean allowed =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '_'
              || c == '-';
      if (!allowed) {
        return false;
      }
    }
    return true;
  }
}
