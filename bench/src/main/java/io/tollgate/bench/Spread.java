package io.tollgate.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The least, the middle and the most of repeated measurements. */
record Spread(double min, double median, double max) {
  static Spread of(double... values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("nothing was measured");
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Spread(sorted[0], median, sorted[sorted.length - 1]);
  }

  static <T> Spread of(List<T> from, ToDoubleFunction<T> value) {
    return of(from.stream().mapToDouble(value).toArray());
  }

  /** Of what was measured side by side: the first of each round over the second. */
  static <T> Spread ofRatios(List<T> some, List<T> others, ToDoubleFunction<T> value) {
    double[] ratios = new double[Math.min(some.size(), others.size())];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = value.applyAsDouble(some.get(i)) / value.applyAsDouble(others.get(i));
    }
    return of(ratios);
  }

  /** The middle, and the ends in brackets, without decimals. */
  String whole() {
    return String.format(Locale.ROOT, "%,.0f (%,.0f – %,.0f)", median, min, max);
  }

  /** The middle, and the ends in brackets, with two decimals. */
  String fine() {
    return String.format(Locale.ROOT, "%.2f (%.2f – %.2f)", median, min, max);
  }
}
