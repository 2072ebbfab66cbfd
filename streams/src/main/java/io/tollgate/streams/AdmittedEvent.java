package io.tollgate.streams;

import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.Fingerprint;
import io.tollgate.schemas.avro.UsageEvent;
import io.tollgate.streams.OutcomeChange.Outcome;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A usage event that is valid, on time, on its own partition, and whose tenant is known.
 *
 * @param fingerprint under which it can be met again
 * @param digest of all it says, the correction it may make included
 * @param before its outcome until now, if it waited
 */
record AdmittedEvent(
    UsageEvent event,
    Fingerprint fingerprint,
    BodyDigest digest,
    Tenant tenant,
    SourceRecord source,
    @Nullable Outcome before)
    implements Accepted {
  AdmittedEvent {
    Objects.requireNonNull(event, "event");
    Objects.requireNonNull(fingerprint, "fingerprint");
    Objects.requireNonNull(digest, "digest");
    Objects.requireNonNull(tenant, "tenant");
    Objects.requireNonNull(source, "source");
  }

  AdmittedEvent afterWaiting() {
    return new AdmittedEvent(event, fingerprint, digest, tenant, source, Outcome.WAITING);
  }
}
