package io.tollgate.streams.simulation;

import io.tollgate.schemas.avro.Correction;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One record of usage.events, as the auditor follows it. */
final class UsageItem {
  final SimulatedBroker.Entry entry;
  final @Nullable UsageEvent event;

  /** When it was looked at in the transaction that is being audited. */
  final List<Commit.Act> looks = new ArrayList<>();

  Outcome outcome = Outcome.NEW;
  long waitsSince;

  /** How it was rated as usage, once it was. */
  @Nullable RatedUsage rated;

  /** What has become of a record. */
  enum Outcome {
    NEW,
    WAITING,
    RATED,
    DUPLICATE,
    REJECTED,
    CONFLICT,
    UNRATED,
    REROUTED,
    VOID,
    WITHDRAWN,
    WRITTEN_OFF
  }

  UsageItem(SimulatedBroker.Entry entry, @Nullable UsageEvent event) {
    this.entry = entry;
    this.event = event;
  }

  boolean isOpen() {
    return outcome == Outcome.NEW || outcome == Outcome.WAITING || outcome == Outcome.UNRATED;
  }

  UsageEvent event() {
    return Objects.requireNonNull(event);
  }

  @Nullable Correction correction() {
    return event == null ? null : event.getCorrection();
  }

  /** What names the event for good; that of a correction is within its original's. */
  List<String> identity() {
    Correction correction = correction();
    return correction == null
        ? List.of(event().getOrganizationId(), event().getSource(), event().getId())
        : List.of(
            event().getOrganizationId(),
            event().getSource(),
            correction.getOriginalId(),
            event().getId());
  }

  /** The identity of the original, of a correction of it as well. */
  List<String> root() {
    return identity().subList(0, 3);
  }

  boolean hasBodyOf(UsageItem other) {
    return withoutDoor(event()).equals(withoutDoor(other.event()));
  }

  /** The body without what says by which door it came. */
  static UsageEvent withoutDoor(UsageEvent event) {
    return event.getBackfillId() == null
        ? event
        : UsageEvent.newBuilder(event).setBackfillId(null).build();
  }

  @Override
  public String toString() {
    return "%d@%d %s (%s)"
        .formatted(entry.offset(), entry.partition(), event == null ? "?" : event.getId(), outcome);
  }
}
