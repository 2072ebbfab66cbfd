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
import java.util.ArrayList;
import java.util.List;

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
        null);
  }

  static UnratedUsage unrated(
      UsageEvent event, Position position, BodyDigest digest, Unrated unrated) {
    return new UnratedUsage(
        event, position, digest.toBytes(), unrated.reason().wireName(), unrated.detail());
  }
}
