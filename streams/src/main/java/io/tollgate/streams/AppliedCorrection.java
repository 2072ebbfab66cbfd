package io.tollgate.streams;

import io.tollgate.schemas.avro.CorrectionKind;
import io.tollgate.schemas.avro.UsageEvent;
import io.tollgate.streams.DedupMemory.Entry;
import java.util.Objects;

/**
 * A correction that names the body in force and so takes it back.
 *
 * @param event the correcting event
 * @param kind whether it counts in the stead of what it takes back
 * @param taken the body that is taken back
 * @param inForce what is remembered of that body
 */
record AppliedCorrection(AdmittedEvent event, CorrectionKind kind, UsageEvent taken, Entry inForce)
    implements Accepted {
  AppliedCorrection {
    Objects.requireNonNull(event, "event");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(taken, "taken");
    Objects.requireNonNull(inForce, "inForce");
  }
}
