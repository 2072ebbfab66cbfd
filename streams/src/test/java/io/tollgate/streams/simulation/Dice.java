package io.tollgate.streams.simulation;

import java.util.List;
import java.util.SplittableRandom;

/** The only source of chance: the same seed throws the same. */
final class Dice {
  private final SplittableRandom random;

  Dice(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** From 0 to bound - 1. */
  int below(int bound) {
    return random.nextInt(bound);
  }

  /** From least to most, both included. */
  long between(long least, long most) {
    return random.nextLong(least, most + 1);
  }

  boolean percent(int chance) {
    return random.nextInt(100) < chance;
  }

  <T> T any(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  @SafeVarargs
  final <T> T of(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
