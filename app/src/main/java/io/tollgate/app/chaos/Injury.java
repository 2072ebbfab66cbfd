package io.tollgate.app.chaos;

import java.time.Duration;
import java.time.Instant;
import java.util.Set;

/**
 * What a fault has done, and how it is mended.
 *
 * @param found what was under way at that moment, for people
 * @param hit streams instances that cannot commit before it is mended
 * @param hitLandings how many landings cannot
 * @param hitGateway whether the gateway cannot
 * @param taken whether the survivors must first have taken over what the hit ones owned
 * @param atLeast how long to leave it as it is, from {@code at}; zero to mend it at once, beside
 *     the survivors' work
 * @param mend brings back what was hit; returns when that is at work again
 */
record Injury(
    Instant at,
    long pid,
    String found,
    Set<String> hit,
    int hitLandings,
    boolean hitGateway,
    boolean taken,
    Duration atLeast,
    Runnable mend) {
  Injury {
    hit = Set.copyOf(hit);
  }

  /** Nobody is hit whose commits would have to wait, and nothing is taken over. */
  static Injury of(Instant at, long pid, String found, Runnable mend) {
    return new Injury(at, pid, found, Set.of(), 0, false, false, Duration.ZERO, mend);
  }

  Injury hitting(String streams) {
    return new Injury(
        at, pid, found, Set.of(streams), hitLandings, hitGateway, taken, atLeast, mend);
  }

  Injury hittingLandings(int landings) {
    return new Injury(at, pid, found, hit, landings, hitGateway, taken, atLeast, mend);
  }

  Injury hittingGateway() {
    return new Injury(at, pid, found, hit, hitLandings, true, taken, atLeast, mend);
  }

  Injury until(boolean othersTookOver, Duration least) {
    return new Injury(at, pid, found, hit, hitLandings, hitGateway, othersTookOver, least, mend);
  }
}
