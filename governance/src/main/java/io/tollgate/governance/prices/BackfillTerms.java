package io.tollgate.governance.prices;

import io.tollgate.governance.store.Inputs;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.avro.Backfill;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a backfill admits: events of one source, dated from {@code from} (inclusive) to {@code to}
 * (exclusive), until it closes.
 *
 * @param closesAt at the end of the dedup window if left out
 */
record BackfillTerms(String source, String from, String to, @Nullable String closesAt) {
  BackfillTerms {
    Inputs.text("source", source);
    Instant start = Inputs.instant("from", from);
    InvalidInput.unless(
        Inputs.instant("to", to).isAfter(start), "to", to, "must be after from, which is " + from);
    if (closesAt != null) {
      Inputs.instant("closes_at", closesAt);
    }
  }

  /**
   * The backfill, opened now.
   *
   * @param window for how long an event's id is remembered; open longer, a backfill could admit an
   *     event again
   */
  Backfill open(String id, Instant now, Duration window) {
    Instant latest = now.plus(window);
    Instant closes = closesAt == null ? latest : Inputs.instant("closes_at", closesAt);
    InvalidInput.unless(
        closes.isAfter(now), "closes_at", closes, "must be in the future; it is " + now);
    InvalidInput.unless(
        !closes.isAfter(latest),
        "closes_at",
        closes,
        "must be at most " + window.toDays() + " days after it is opened, by " + latest);
    return Backfill.newBuilder()
        .setBackfillId(id)
        .setSource(source)
        .setFrom(Inputs.instant("from", from))
        .setTo(Inputs.instant("to", to))
        .setOpenedAt(now)
        .setClosesAt(closes)
        .setVersion(1)
        .build();
  }

  /** Whether the same was asked for before; a closing time left out asks for nothing new. */
  boolean isSameAs(Backfill opened) {
    return opened.getSource().equals(source)
        && opened.getFrom().equals(Inputs.instant("from", from))
        && opened.getTo().equals(Inputs.instant("to", to))
        && (closesAt == null || opened.getClosesAt().equals(Inputs.instant("closes_at", closesAt)));
  }
}
