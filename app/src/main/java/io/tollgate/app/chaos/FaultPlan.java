package io.tollgate.app.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Which fault comes next; the seed alone decides. Faults are dealt from a shuffled deck that holds
 * every kind, so that {@link #DECK} faults in a row leave none out.
 *
 * <p>Invariants: instances that stay number {@link #STAYING}; one more comes and goes; an instance
 * is hit only while it is there.
 */
final class FaultPlan {
  /** Streams instances that are there from beginning to end, and landings. */
  static final int STAYING = 2;

  /** The one that joins and leaves. */
  static final int GUEST = STAYING + 1;

  /** Faults in a deck. */
  static final int DECK = 15;

  /** Longer than the session of a streams instance, which is 6 s. */
  private static final Duration ASLEEP = Duration.ofSeconds(9);

  private static final int SHORTEST_AWAY_SECONDS = 4;
  private static final int LONGEST_AWAY_SECONDS = 10;

  private enum Kind {
    KILL_STREAMS(3),
    KILL_STREAMS_FOR_LONG(1),
    STOP_STREAMS(1),
    FREEZE_STREAMS(1),
    GUEST_COMES_OR_GOES(2),
    KILL_LANDING(2),
    KILL_GATEWAY(2),
    KILL_BROKER(1),
    STOP_BROKER(1),
    CLICKHOUSE_AWAY(1);

    private final int inDeck;

    Kind(int inDeck) {
      this.inDeck = inDeck;
    }
  }

  private final Random random;
  private final List<Kind> deck = new ArrayList<>();
  private boolean guestIsThere;

  FaultPlan(long seed) {
    this.random = new Random(seed);
  }

  Fault next() {
    if (deck.isEmpty()) {
      for (Kind kind : Kind.values()) {
        deck.addAll(Collections.nCopies(kind.inDeck, kind));
      }
      Collections.shuffle(deck, random);
    }
    return switch (deck.removeLast()) {
      case KILL_STREAMS -> new Fault.KillStreams(streams());
      case KILL_STREAMS_FOR_LONG -> new Fault.KillStreamsForLong(streams());
      case STOP_STREAMS -> new Fault.StopStreams(streams());
      case FREEZE_STREAMS -> new Fault.FreezeStreams(streams(), ASLEEP);
      case GUEST_COMES_OR_GOES -> {
        guestIsThere = !guestIsThere;
        yield guestIsThere ? new Fault.JoinStreams(GUEST) : new Fault.LeaveStreams(GUEST);
      }
      case KILL_LANDING -> new Fault.KillLanding(1 + random.nextInt(STAYING));
      case KILL_GATEWAY -> new Fault.KillGateway();
      case KILL_BROKER -> new Fault.KillBroker();
      case STOP_BROKER -> new Fault.StopBroker();
      case CLICKHOUSE_AWAY ->
          new Fault.ClickHouseAway(
              Duration.ofSeconds(random.nextInt(SHORTEST_AWAY_SECONDS, LONGEST_AWAY_SECONDS + 1)));
    };
  }

  private int streams() {
    return 1 + random.nextInt(guestIsThere ? GUEST : STAYING);
  }
}
