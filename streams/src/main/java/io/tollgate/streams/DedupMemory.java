package io.tollgate.streams;

import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.Fingerprint;
import org.jspecify.annotations.Nullable;

/**
 * Which events of one partition have been accepted, and with which body. Nothing it is told is
 * durable before {@link #save}, which belongs to the same transaction as the offsets of the events.
 */
interface DedupMemory {
  /**
   * Remembers an event that is new.
   *
   * @param appendedAt of its record, epoch milliseconds; decides how long it is remembered
   * @return null if it is new, else the digest of the body it was accepted with
   * @throws IllegalStateException if that would be more than the bound: nothing is ever forgotten
   *     to make room
   */
  @Nullable BodyDigest remember(Fingerprint fingerprint, BodyDigest digest, long appendedAt);

  /** Writes what was remembered since the last time. */
  void save();

  /** How many events are remembered. */
  int size();
}
