package io.tollgate.streams;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * When and on what occasion a budget is judged.
 *
 * @param now the time of the judgement
 * @param appendedFrom append time of the oldest usage that led to it; null where an edit did
 */
record Occasion(Instant now, @Nullable Instant appendedFrom) {
  Occasion {
    Objects.requireNonNull(now, "now");
  }

  /** Somebody changed a budget or a zone. */
  static Occasion edit(Instant now) {
    return new Occasion(now, null);
  }
}
