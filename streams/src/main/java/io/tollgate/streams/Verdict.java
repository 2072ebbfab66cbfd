package io.tollgate.streams;

import io.tollgate.schemas.avro.UsageEvent;

/** What validation says of a record. */
sealed interface Verdict {

  /** Goes on to deduplication. */
  record Admit(AdmittedEvent event) implements Verdict {}

  /** Can never be billed as it is. */
  record Reject(Rejection rejection) implements Verdict {}

  /** Good but for something that has not been seen yet and may still come. */
  record Wait(UsageEvent event, String field, String value) implements Verdict {}

  /** Belongs on another partition. */
  record Reroute(int partition) implements Verdict {}
}
