package io.tollgate.http;

/**
 * Whether a role can do its work.
 *
 * @param detail one line for a person; never a secret
 */
public record Health(boolean up, String detail) {
  public static Health up(String detail) {
    return new Health(true, detail);
  }

  public static Health down(String detail) {
    return new Health(false, detail);
  }
}
