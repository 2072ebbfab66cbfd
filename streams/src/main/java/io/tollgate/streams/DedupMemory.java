package io.tollgate.streams;

import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.Fingerprint;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which events of one partition have been accepted, with which body, and what became of them.
 * Nothing it is told is durable before {@link #save}, which belongs to the same transaction as the
 * offsets of the events.
 */
interface DedupMemory {
  /** What is remembered of an event, or null if it is new. */
  @Nullable Entry find(Fingerprint fingerprint);

  /**
   * Remembers an event, in place of what was remembered of it before.
   *
   * @param appendedAt of the record that is the reason, epoch milliseconds; decides how long it is
   *     remembered. Earlier than that of the put before it counts as the same day.
   * @throws IllegalStateException if that would be more than the bound: nothing is ever forgotten
   *     to make room
   */
  void put(Fingerprint fingerprint, Entry entry, long appendedAt);

  /** Writes what was put since the last time. */
  void save();

  /** How many events are remembered; one that was put again may count again for a while. */
  long size();

  /**
   * What is remembered of an event.
   *
   * @param digest of the body in force
   * @param priceRef what the event was rated with, as the partition's dictionary of price versions
   *     numbers it; {@link #NOT_PRICED} while it has no price
   */
  record Entry(BodyDigest digest, State state, int priceRef) {
    static final int NOT_PRICED = -1;

    public Entry {
      Objects.requireNonNull(digest, "digest");
      Objects.requireNonNull(state, "state");
      if (priceRef < NOT_PRICED) {
        throw new IllegalArgumentException("priceRef must be at least -1: " + priceRef);
      }
    }

    /** An event as it is when it is accepted. */
    static Entry accepted(BodyDigest digest) {
      return new Entry(digest, State.LIVE, NOT_PRICED);
    }
  }

  /** What became of an event. The codes are what is stored. */
  enum State {
    /** In force as it came. */
    LIVE(1),
    /** Taken back for good. */
    VOIDED(2),
    /** In force with another body. */
    AMENDED(3);

    private final byte code;

    State(int code) {
      this.code = (byte) code;
    }

    byte code() {
      return code;
    }

    /**
     * The state of a stored code.
     *
     * @throws IllegalStateException for one this version does not know
     */
    static State of(byte code) {
      return switch (code) {
        case 1 -> LIVE;
        case 2 -> VOIDED;
        case 3 -> AMENDED;
        default ->
            throw new IllegalStateException(
                "stored dedup state " + code + " is not one this version knows");
      };
    }
  }
}
