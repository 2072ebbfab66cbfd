package io.tollgate.app.chaos;

import java.time.Duration;
import java.util.List;

/**
 * How a chaos run ended.
 *
 * @param sendings of the gateway, repeats included
 * @param length from the first sending to the last
 * @param found requests, units and cost that landed, for people
 * @param differences from what the traffic comes to, and what else is not as it must be; none is
 *     what is wanted
 */
public record Verdict(
    List<FaultReport> faults,
    long sendings,
    Duration length,
    String found,
    List<String> differences) {
  public Verdict {
    faults = List.copyOf(faults);
    differences = List.copyOf(differences);
  }

  public boolean isGood() {
    return differences.isEmpty();
  }

  /** Sendings per second over the whole run, outages included. */
  public long perSecond() {
    return length.isPositive() ? sendings * 1_000 / length.toMillis() : 0;
  }
}
