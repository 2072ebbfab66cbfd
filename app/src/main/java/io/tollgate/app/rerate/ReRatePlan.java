package io.tollgate.app.rerate;

import io.tollgate.rating.MeteredRequest;
import io.tollgate.rating.PriceBooks;
import io.tollgate.rating.Rating;
import io.tollgate.rating.RatingResult;
import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.CorrectedBody;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.UsageEventRules;
import io.tollgate.schemas.avro.CorrectionKind;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/**
 * What a re-rate would do: an amendment of each event that a price version would price and that
 * another one has priced. The amended body says the same as before, so that only the price changes;
 * its price is given by the meter topology like any other, and not by this plan.
 *
 * @param amendments to be published
 * @param already events that have that version's price
 * @param elsewhere events that would get another version's price, or none
 * @param tooLate events dated so far back that no door would admit them any more
 * @param before what the events to be amended cost
 * @param after what they will cost
 */
public record ReRatePlan(
    List<UsageEvent> amendments,
    int already,
    int elsewhere,
    int tooLate,
    Money before,
    Money after) {
  public ReRatePlan {
    amendments = List.copyOf(amendments);
  }

  /**
   * Plans it.
   *
   * @param now events are judged late by it as the meter topology will judge their amendments;
   *     those of a backfill are left to it, because only it knows whether that is open
   */
  public static ReRatePlan of(
      InForce inForce, PriceBooks prices, PriceBookId book, int version, Instant now) {
    return of(inForce.events(), prices, book, version, now);
  }

  static ReRatePlan of(
      Collection<RatedUsage> events,
      PriceBooks prices,
      PriceBookId book,
      int version,
      Instant now) {
    Instant latest = now.minus(UsageEventRules.MOST_LATE);
    List<UsageEvent> amendments = new ArrayList<>();
    int already = 0;
    int elsewhere = 0;
    int tooLate = 0;
    Money before = Money.ZERO;
    Money after = Money.ZERO;
    for (RatedUsage rated : events) {
      UsageEvent event = rated.getEvent();
      if (rated.getPriceBookId().equals(book.value()) && rated.getPriceVersion() == version) {
        already++;
      } else if (!(Rating.rate(request(rated), prices) instanceof RatingResult.Rated again
          && again.priceBook().equals(book)
          && again.priceVersion() == version)) {
        elsewhere++;
      } else if (event.getBackfillId() == null && event.getEventTime().isBefore(latest)) {
        tooLate++;
      } else {
        amendments.add(amendment(event, book, version));
        before = before.plus(Money.of(rated.getCost()));
        after = after.plus(again.cost());
      }
    }
    return new ReRatePlan(amendments, already, elsewhere, tooLate, before, after);
  }

  static MeteredRequest request(RatedUsage rated) {
    UsageEvent event = rated.getEvent();
    return new MeteredRequest(
        event.getOrganizationId(),
        rated.getCurrency(),
        event.getEventTime(),
        event.getProvider(),
        event.getModel(),
        event.getServiceTier(),
        event.getUnits());
  }

  /** The same again gives the same id, so that repeating a re-rate makes duplicates at most. */
  private static UsageEvent amendment(UsageEvent inForce, PriceBookId book, int version) {
    UsageEvent body = CorrectedBody.inForce(inForce);
    String name = BodyDigest.of(body) + " " + book.value() + "/" + version;
    return UsageEvent.newBuilder(body)
        .setId("re-rate-" + UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)))
        .setCorrection(CorrectedBody.correction(CorrectionKind.AMEND, inForce))
        .build();
  }
}
