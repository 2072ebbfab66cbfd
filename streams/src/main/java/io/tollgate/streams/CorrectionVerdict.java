package io.tollgate.streams;

import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.Fingerprint;
import org.jspecify.annotations.Nullable;

/** What the memory says of a correction. */
sealed interface CorrectionVerdict {

  /** Takes effect. */
  record Apply(AppliedCorrection correction) implements CorrectionVerdict {}

  /** Was applied before. */
  record Duplicate() implements CorrectionVerdict {}

  /**
   * Can never take effect.
   *
   * @param inForce digest of the body in force; of a correction known by its id with another body,
   *     of that body
   */
  record Conflict(String field, String value, String rule, BodyDigest inForce)
      implements CorrectionVerdict {}

  /**
   * Is ahead of the event that it corrects.
   *
   * @param awaited under which that event will be accepted
   * @param inForce digest of the body in force; null if the original has not come at all
   */
  record Ahead(Fingerprint awaited, @Nullable BodyDigest inForce) implements CorrectionVerdict {}

  /** The price version that the reversal needs has not come to this instance yet. */
  record PriceBehind() implements CorrectionVerdict {}
}
