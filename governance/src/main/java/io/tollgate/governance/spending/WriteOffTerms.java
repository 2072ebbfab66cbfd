package io.tollgate.governance.spending;

import io.tollgate.governance.store.Inputs;
import io.tollgate.rating.ModelPattern;
import io.tollgate.schemas.Ids;
import io.tollgate.schemas.InvalidInput;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The decision that unrated events of one model will not be billed.
 *
 * @param model a name, no pattern: what is given away is named
 * @param organizationId whose events; everybody's if left out
 * @param acceptedUntil RFC 3339: events first appended before it; now if left out, and never later
 *     than now, because nobody decides about what was not seen
 * @param reason what the next reader of the books needs to know
 */
record WriteOffTerms(
    @Nullable String id,
    String provider,
    String model,
    @Nullable String organizationId,
    @Nullable String acceptedUntil,
    String reason) {
  WriteOffTerms {
    if (id != null) {
      Ids.check("id", id);
    }
    Inputs.text("provider", provider);
    Inputs.text("model", model);
    InvalidInput.unless(
        !ModelPattern.isPattern(model), "model", model, "must be a name, not a pattern");
    if (organizationId != null) {
      Ids.check("organization_id", organizationId);
    }
    if (acceptedUntil != null) {
      Inputs.instant("accepted_until", acceptedUntil);
    }
    Inputs.text("reason", reason);
  }

  Instant until(Instant now) {
    if (acceptedUntil == null) {
      return now;
    }
    Instant until = Inputs.instant("accepted_until", acceptedUntil);
    InvalidInput.unless(
        !until.isAfter(now),
        "accepted_until",
        acceptedUntil,
        "must not be after now (" + now + ")");
    return until;
  }
}
