package io.tollgate.governance.store;

import java.util.random.RandomGenerator;

/** Makes ids that nobody has: a prefix that says of what, and 120 random bits. */
public final class NewIds {
  private static final String LETTERS = "0123456789abcdefghijklmnopqrstuv";
  private static final int LENGTH = 24;

  private final RandomGenerator random;

  public NewIds(RandomGenerator random) {
    this.random = random;
  }

  public String next(String prefix) {
    StringBuilder id = new StringBuilder(prefix.length() + 1 + LENGTH).append(prefix).append('_');
    for (int i = 0; i < LENGTH; i++) {
      id.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return id.toString();
  }
}
