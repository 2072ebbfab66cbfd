package io.tollgate.app.workload;

import java.util.List;
import java.util.function.ToIntFunction;

/** Draws an index by whole-number weights. */
final class Weights {
  private final int[] upTo;

  private Weights(int[] upTo) {
    this.upTo = upTo;
  }

  static <T> Weights of(List<T> things, ToIntFunction<T> weight) {
    int[] upTo = new int[things.size()];
    int sum = 0;
    for (int i = 0; i < upTo.length; i++) {
      sum = Math.addExact(sum, weight.applyAsInt(things.get(i)));
      upTo[i] = sum;
    }
    return new Weights(upTo);
  }

  int draw(SeededRandom random) {
    return at(random.nextLong());
  }

  /** The first thing whose cumulated weight is above {@code number} modulo the sum of weights. */
  int at(long number) {
    long drawn = Long.remainderUnsigned(number, upTo[upTo.length - 1]);
    int index = 0;
    while (upTo[index] <= drawn) {
      index++;
    }
    return index;
  }
}
