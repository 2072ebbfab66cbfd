package io.tollgate.streams;

import java.time.Duration;

/**
 * The bounds of the meter topology. Where one is reached is said there.
 *
 * @param mostWaiting events per partition that wait for their tenant; more are rejected as
 *     waiting_full
 * @param longestWait after this an event whose tenant is still unknown is rejected as
 *     unknown_tenant
 * @param mostRemembered ids per partition that deduplication remembers: 37 bytes of disk and 4 to 7
 *     of memory beside the heap each; one more stops the topology, because forgetting one could
 *     bill an event twice
 * @param mostParked places per partition for events that wait for a price; an event whose
 *     organization has as many of them as are left is rejected as parking_full
 * @param rateAtOnce parked events that are rated again per step, so that a new price version delays
 *     live events by little
 */
public record MeterBounds(
    int mostWaiting, Duration longestWait, int mostRemembered, int mostParked, int rateAtOnce) {
  public MeterBounds {
    positive("mostWaiting", mostWaiting);
    positive("mostRemembered", mostRemembered);
    positive("mostParked", mostParked);
    positive("rateAtOnce", rateAtOnce);
    if (longestWait.isNegative()) {
      throw new IllegalArgumentException("longestWait must not be negative: " + longestWait);
    }
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1: " + value);
    }
  }

  public static MeterBounds standard() {
    return new MeterBounds(10_000, Duration.ofSeconds(30), 500_000_000, 10_000_000, 500);
  }
}
