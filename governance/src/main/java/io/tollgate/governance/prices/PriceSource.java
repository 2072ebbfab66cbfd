package io.tollgate.governance.prices;

import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.TopicSource;
import io.tollgate.http.StrictJson;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.PriceVersionClose;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * What {@code governance.price_books} must hold: every version, cut into pages once more as it was
 * when it was published. One version is in memory at a time.
 */
public final class PriceSource {
  private PriceSource() {}

  public static TopicSource<PriceBookRecord> published() {
    return new TopicSource<>(
        Topics.PRICE_BOOKS, PriceSource::each, PriceSource::key, PriceSource::inOrder);
  }

  static String key(PriceBookRecord record) {
    return record.getPriceBookId() + "/" + record.getPriceVersion() + "/" + record.getPage();
  }

  /** A version as its row has it, without rates and aliases. */
  private record Version(
      PricePublication publication,
      Instant effectiveFrom,
      @Nullable String followsPlan,
      PricePublication.Resolution resolution) {
    List<PriceBookRecord> records(Handle handle) {
      PriceBookId book = publication.book();
      int number = publication.version();
      return publication.again(
          effectiveFrom,
          followsPlan,
          resolution,
          PriceRows.rates(handle, book, number),
          PriceRows.aliases(handle, book, number));
    }
  }

  private static void each(Handle handle, Consumer<PriceBookRecord> taker) {
    handle
        .createQuery(
            "SELECT v.*, b.currency, b.plan, b.organization_id FROM price_versions v"
                + " JOIN price_books b ON b.id = v.price_book_id"
                + " ORDER BY v.price_book_id, v.version")
        .map((row, context) -> version(row))
        .list()
        .forEach(version -> version.records(handle).forEach(taker));
  }

  private static Version version(ResultSet row) throws SQLException {
    return new Version(
        new PricePublication(
            new PriceBookId(row.getString("price_book_id")),
            row.getInt("version"),
            row.getString("currency"),
            row.getBoolean("plan"),
            row.getString("organization_id"),
            Listing.instant(row, "published_at")),
        Listing.instant(row, "effective_from"),
        row.getString("follows_plan"),
        StrictJson.read(
            row.getString("resolved_from").getBytes(StandardCharsets.UTF_8),
            PricePublication.Resolution.class));
  }

  /** The order of fallbacks means nothing. */
  private static PriceBookRecord inOrder(PriceBookRecord record) {
    PriceVersionClose close = record.getClose();
    if (close == null) {
      return record;
    }
    PriceVersionClose judged = PriceVersionClose.newBuilder(close).build();
    judged.setMeterFallbacks(new TreeMap<>(close.getMeterFallbacks()));
    judged.setServiceTierFallbacks(new TreeMap<>(close.getServiceTierFallbacks()));
    return PriceBookRecord.newBuilder(record).setClose(judged).build();
  }
}
