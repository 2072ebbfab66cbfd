package io.tollgate.governance;

import io.tollgate.rating.PriceVersion;
import io.tollgate.rating.PriceVersionDigest;
import io.tollgate.schemas.Decimals;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.Rate;
import io.tollgate.schemas.ServiceTier;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.PriceRate;
import io.tollgate.schemas.avro.PriceVersionClose;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a new price version is made of: the instant from which it holds, and its rates.
 *
 * @param effectiveFrom RFC 3339; the first event time that it prices
 */
record PriceTerms(String effectiveFrom, List<Line> rates) {
  /** Keeps a record on the topic well under a broker's limit for one. */
  static final int RATES_PER_PAGE = 500;

  static final int MOST_RATES = 10_000;

  /**
   * One rate as asked for.
   *
   * @param serviceTier standard if left out
   * @param contextOver for requests with strictly more input tokens than this; null for the base
   * @param rate decimal text per 1,000,000 units
   */
  record Line(
      String provider,
      String model,
      @Nullable String serviceTier,
      @Nullable Long contextOver,
      String meter,
      String rate) {
    private static final int MOST_DECIMALS = 6;

    Line {
      Inputs.text("provider", provider);
      Inputs.text("model", model);
      serviceTier = serviceTier == null ? ServiceTier.STANDARD.wireName() : serviceTier;
      InvalidInput.unless(
          ServiceTier.find(serviceTier).isPresent(),
          "service_tier",
          serviceTier,
          "must be standard, batch, flex or priority");
      if (contextOver != null) {
        InvalidInput.unless(
            contextOver > 0, "context_over", contextOver, "must be above zero; leave out for all");
      }
      InvalidInput.unless(Meter.find(meter).isPresent(), "meter", meter, "is not a known meter");
      // Judged on the text, so that trailing zeros beyond the sixth decimal are refused alike.
      InvalidInput.unless(
          Decimals.parse("rate", rate).scale() <= MOST_DECIMALS,
          "rate",
          rate,
          "must have at most 6 decimals per 1,000,000 units");
      Rate.parse(rate);
    }

    private PriceRate published() {
      return PriceRate.newBuilder()
          .setProvider(provider)
          .setModel(model)
          .setServiceTier(serviceTier)
          .setContextOver(contextOver)
          .setMeter(meter)
          .setRate(Rate.parse(rate).value())
          .build();
    }

    private List<@Nullable Object> place() {
      List<@Nullable Object> place = new ArrayList<>();
      place.add(provider);
      place.add(model);
      place.add(serviceTier);
      place.add(contextOver);
      place.add(meter);
      return place;
    }
  }

  PriceTerms {
    Inputs.instant("effective_from", effectiveFrom);
    rates = List.copyOf(rates);
    InvalidInput.unless(
        !rates.isEmpty() && rates.size() <= MOST_RATES,
        "rates",
        rates.size() + " rates",
        "must be 1 to " + MOST_RATES);
    Set<List<@Nullable Object>> places = new HashSet<>();
    for (int i = 0; i < rates.size(); i++) {
      Line line = rates.get(i);
      InvalidInput.unless(
          places.add(line.place()),
          "rates[" + i + "]",
          line.provider() + " " + line.model() + " " + line.meter(),
          "is given twice for this provider, model, service tier, context tier and meter");
    }
  }

  Instant effective() {
    return Inputs.instant("effective_from", effectiveFrom);
  }

  /**
   * When a version may take effect. A book's first may price the past, because nothing matched
   * before; a later one leaves every instance time to have it before the first event it prices.
   *
   * @param latest when the book's newest version takes effect; empty if it has none
   */
  void checkEffective(Instant now, Duration lead, Optional<Instant> latest) {
    if (latest.isEmpty()) {
      return;
    }
    InvalidInput.unless(
        !effective().isBefore(now.plus(lead)),
        "effective_from",
        effectiveFrom,
        "must be at least "
            + lead.toSeconds()
            + " s after now ("
            + now
            + "): only a book's first version may begin earlier");
    InvalidInput.unless(
        effective().isAfter(latest.get()),
        "effective_from",
        effectiveFrom,
        "must be after the version before it, which begins at " + latest.get());
  }

  /** The version as it is published: its pages, then the record that makes it visible. */
  List<PriceBookRecord> records(
      PriceBookId book,
      int version,
      String currency,
      @Nullable String organization,
      Instant publishedAt) {
    List<PriceRate> all = published();
    // What no reader could price with must not be published.
    PriceVersion.of(book, version, currency, null, effective(), all);
    List<PriceBookRecord> records = new ArrayList<>();
    for (int from = 0; from < all.size(); from += RATES_PER_PAGE) {
      List<PriceRate> page = all.subList(from, Math.min(all.size(), from + RATES_PER_PAGE));
      records.add(record(book, version, records.size(), page, null));
    }
    PriceVersionClose close =
        PriceVersionClose.newBuilder()
            .setCurrency(currency)
            .setOrganizationId(organization)
            .setEffectiveFrom(effective())
            .setPublishedAt(publishedAt)
            .setRates(all.size())
            .setDigest(PriceVersionDigest.of(all))
            .build();
    records.add(record(book, version, records.size(), List.of(), close));
    return records;
  }

  private static PriceBookRecord record(
      PriceBookId book,
      int version,
      int page,
      List<PriceRate> rates,
      @Nullable PriceVersionClose close) {
    return PriceBookRecord.newBuilder()
        .setPriceBookId(book.value())
        .setPriceVersion(version)
        .setPage(page)
        .setRates(rates)
        .setClose(close)
        .build();
  }

  private List<PriceRate> published() {
    return rates.stream().map(Line::published).toList();
  }
}
