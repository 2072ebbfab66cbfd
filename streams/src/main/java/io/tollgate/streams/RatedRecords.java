package io.tollgate.streams;

import io.tollgate.rating.MeteredRequest;
import io.tollgate.rating.RatingResult.Rated;
import io.tollgate.rating.RatingResult.Unrated;
import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.avro.Charge;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.RatedKind;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.UnratedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import io.tollgate.schemas.avro.WriteOff;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Between the words of rating and those of the topics. */
final class RatedRecords {
  private RatedRecords() {}

  static MeteredRequest request(UsageEvent event, String currency) {
    return new MeteredRequest(
        event.getOrganizationId(),
        currency,
        event.getEventTime(),
        event.getProvider(),
        event.getModel(),
        event.getServiceTier(),
        event.getUnits());
  }

  static RatedUsage rated(UsageEvent event, Position position, BodyDigest digest, Rated rated) {
    List<Charge> charges = new ArrayList<>(rated.charges().size());
    for (io.tollgate.rating.Charge charge : rated.charges()) {
      charges.add(
          new Charge(
              charge.meter().wireName(),
              charge.units(),
              charge.rate().value(),
              charge.cost().value()));
    }
    return new RatedUsage(
        event,
        position,
        digest.toBytes(),
        rated.currency(),
        rated.priceBook().value(),
        rated.priceVersion(),
        rated.contextOver(),
        charges,
        rated.cost().value(),
        RatedKind.USAGE,
        event.getCorrection() == null ? null : event.getId());
  }

  /**
   * The opposite of what a body was rated with: units, charges and cost negated. The digest is that
   * of the body as it was in force.
   */
  static RatedUsage reversal(AppliedCorrection applied, Rated rated) {
    List<Charge> charges = new ArrayList<>(rated.charges().size());
    for (io.tollgate.rating.Charge charge : rated.charges()) {
      charges.add(
          new Charge(
              charge.meter().wireName(),
              -charge.units(),
              charge.rate().value(),
              charge.cost().value().negate()));
    }
    UsageEvent taken = applied.taken();
    Map<String, Long> units = new HashMap<>();
    taken.getUnits().forEach((meter, count) -> units.put(meter, -count));
    AdmittedEvent correction = applied.event();
    return new RatedUsage(
        UsageEvent.newBuilder(taken).setUnits(units).build(),
        correction.source().position(),
        applied.inForce().digest().toBytes(),
        rated.currency(),
        rated.priceBook().value(),
        rated.priceVersion(),
        rated.contextOver(),
        charges,
        rated.cost().value().negate(),
        RatedKind.REVERSAL,
        correction.event().getId());
  }

  /** Told where unrated usage is told, so that whoever follows it sees how the wait ended. */
  static UnratedUsage writtenOff(
      UsageEvent event, Position position, BodyDigest digest, WriteOff decision) {
    return new UnratedUsage(
        event,
        position,
        digest.toBytes(),
        "written_off",
        decision.getWriteOffId() + ": " + decision.getReason());
  }

  static UnratedUsage unrated(
      UsageEvent event, Position position, BodyDigest digest, Unrated unrated) {
    return new UnratedUsage(
        event, position, digest.toBytes(), unrated.reason().wireName(), unrated.detail());
  }
}
