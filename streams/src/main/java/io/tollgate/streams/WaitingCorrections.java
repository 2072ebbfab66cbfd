package io.tollgate.streams;

import io.tollgate.schemas.Fingerprint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Corrections that are ahead of what they correct, by the identity they wait for, so that its
 * coming wakes them at once. One whose identity is not known, such as after a restart, is to be
 * looked at again and again.
 */
final class WaitingCorrections {
  private final WaitingRoom room;
  private final Map<Fingerprint, TreeSet<Long>> byAwaited = new HashMap<>();
  private final Map<Long, Fingerprint> awaited = new HashMap<>();

  WaitingCorrections(WaitingRoom room) {
    this.room = room;
  }

  boolean isFull() {
    return room.isFull();
  }

  boolean isEmpty() {
    return room.isEmpty();
  }

  void enter(SourceRecord source, long now) {
    room.enter(source, now);
  }

  /** Says what a correction waits for; replaces what was said before. Null: not known. */
  void awaits(long offset, @Nullable Fingerprint identity) {
    forget(offset);
    if (identity != null) {
      awaited.put(offset, identity);
      byAwaited.computeIfAbsent(identity, none -> new TreeSet<>()).add(offset);
    }
  }

  boolean isAwaiting(long offset) {
    return awaited.containsKey(offset);
  }

  /** Who waits for this, oldest record first. */
  List<Long> awaiting(Fingerprint identity) {
    TreeSet<Long> offsets = byAwaited.get(identity);
    return offsets == null ? List.of() : List.copyOf(offsets);
  }

  /** Who waits since when, oldest record first; a copy. */
  Map<Long, Long> waiting() {
    return room.waiting();
  }

  boolean has(long offset) {
    return room.has(offset);
  }

  SourceRecord get(long offset) {
    return room.get(offset);
  }

  void leave(long offset) {
    forget(offset);
    room.leave(offset);
  }

  private void forget(long offset) {
    Fingerprint identity = awaited.remove(offset);
    if (identity != null) {
      byAwaited.computeIfPresent(
          identity,
          (same, offsets) -> {
            offsets.remove(offset);
            return offsets.isEmpty() ? null : offsets;
          });
    }
  }
}
