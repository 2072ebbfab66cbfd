package io.tollgate.rating;

import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.avro.ModelAlias;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.PriceRate;
import io.tollgate.schemas.avro.PriceVersionClose;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a price version into the records of governance.price_books: pages of rates, pages of
 * aliases, and the closing record that makes it visible. {@link PublishedPrices} puts it together.
 */
public final class PricePages {
  /** Rates, or aliases, of one record: keeps it well under a broker's limit for one. */
  public static final int MOST_PER_PAGE = 500;

  private PricePages() {}

  /**
   * The records of a version, in the order of their pages.
   *
   * @param close what the closing record says; count and digest are filled in here
   */
  public static List<PriceBookRecord> of(
      PriceBookId book,
      int version,
      PriceVersionClose close,
      List<PriceRate> rates,
      List<ModelAlias> aliases) {
    List<PriceBookRecord> records = new ArrayList<>();
    for (int from = 0; from < rates.size(); from += MOST_PER_PAGE) {
      records.add(
          page(book, version, records.size())
              .setRates(rates.subList(from, Math.min(rates.size(), from + MOST_PER_PAGE)))
              .build());
    }
    for (int from = 0; from < aliases.size(); from += MOST_PER_PAGE) {
      records.add(
          page(book, version, records.size())
              .setAliases(aliases.subList(from, Math.min(aliases.size(), from + MOST_PER_PAGE)))
              .build());
    }
    PriceVersionClose counted =
        new PriceVersionClose(
            close.getCurrency(),
            close.getOrganizationId(),
            close.getEffectiveFrom(),
            close.getPublishedAt(),
            rates.size(),
            PriceVersionDigest.of(rates, aliases),
            aliases.size(),
            close.getPlan(),
            close.getFollowsPlan(),
            close.getMeterFallbacks(),
            close.getServiceTierFallbacks(),
            close.getDerivedFrom());
    records.add(page(book, version, records.size()).setClose(counted).build());
    return records;
  }

  /** The closing record's words for a base book, for {@link #of}. */
  public static PriceVersionClose base(
      String currency, Instant effectiveFrom, Instant publishedAt) {
    return PriceVersionClose.newBuilder()
        .setCurrency(currency)
        .setEffectiveFrom(effectiveFrom)
        .setPublishedAt(publishedAt)
        .setRates(0)
        .setDigest("")
        .build();
  }

  private static PriceBookRecord.Builder page(PriceBookId book, int version, int page) {
    return PriceBookRecord.newBuilder()
        .setPriceBookId(book.value())
        .setPriceVersion(version)
        .setPage(page)
        .setRates(List.of())
        .setAliases(List.of());
  }
}
