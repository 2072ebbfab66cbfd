package io.tollgate.app.workload;

/**
 * SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), written out so that a seed means the same traffic
 * on every Java version and every machine. Not for secrets.
 */
final class SeededRandom {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private long state;

  SeededRandom(long seed) {
    this.state = seed;
  }

  long nextLong() {
    state += GOLDEN_GAMMA;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** From 0, below {@code bound}. The bias of the remainder is below 2^-32 for any int. */
  int below(int bound) {
    return (int) Long.remainderUnsigned(nextLong(), bound);
  }

  /** From 0, below 1, in steps of 2^-53. */
  double unit() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }

  boolean chance(double probability) {
    return unit() < probability;
  }

  /**
   * Mean 0, deviation 1, by Box and Muller; StrictMath, because Math may differ in the last place
   * by machine.
   */
  double gaussian() {
    double radius = StrictMath.sqrt(-2.0 * StrictMath.log(1.0 - unit()));
    return radius * StrictMath.cos(2.0 * Math.PI * unit());
  }

  /**
   * Log-normal with that median and deviation of the logarithm, rounded, kept within the bounds.
   */
  long logNormal(double median, double sigma, long least, long most) {
    double drawn = median * StrictMath.exp(sigma * gaussian());
    return Math.clamp(StrictMath.round(drawn), least, most);
  }
}
