package io.tollgate.rating;

import static io.tollgate.rating.Prices.prices;
import static io.tollgate.schemas.Meter.INPUT;
import static io.tollgate.schemas.Meter.OUTPUT;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.PriceRate;
import io.tollgate.schemas.avro.PriceVersionClose;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class PublishedPricesTest {
  private static final Instant FROM = Instant.parse("2026-01-01T00:00:00Z");

  private final PriceRate input = prices().rate(INPUT, "1").rates().getFirst();
  private final PriceRate output = prices().rate(OUTPUT, "2").rates().getFirst();
  private final PriceBookRecord first = page(0, List.of(input));
  private final PriceBookRecord second = page(1, List.of(output));
  private final PriceBookRecord close = close(2, 2, PriceVersionDigest.of(List.of(input, output)));
  private final PublishedPrices published = new PublishedPrices();

  private static PriceBookRecord page(int number, List<PriceRate> rates) {
    return new PriceBookRecord("base", 1, number, rates, null, List.of());
  }

  private static PriceBookRecord close(int page, int rates, String digest) {
    PriceBookRecord record = page(page, List.of());
    PriceVersionClose close = PricePages.base("USD", FROM, FROM);
    close.setRates(rates);
    close.setDigest(digest);
    record.setClose(close);
    return record;
  }

  @Test
  void aVersionIsVisibleOnceAllOfItIsThere() {
    assertThat(published.accept(first)).isFalse();
    assertThat(published.accept(second)).isFalse();
    assertThat(published.snapshot().versions()).isZero();
    assertThat(published.invisible()).isEqualTo(1);
    assertThat(published.accept(close)).isTrue();
    assertThat(published.snapshot().versions()).isEqualTo(1);
    assertThat(published.invisible()).isZero();
  }

  @Test
  void theOrderOfArrivalDoesNotMatter() {
    assertThat(published.accept(close)).isFalse();
    assertThat(published.accept(second)).isFalse();
    assertThat(published.accept(first)).isTrue();
  }

  @Test
  void aDoubledRecordChangesNothing() {
    published.accept(first);
    published.accept(first);
    published.accept(second);
    assertThat(published.accept(close)).isTrue();
    PriceBooks snapshot = published.snapshot();
    assertThat(published.accept(page(0, List.of(output)))).isFalse();
    assertThat(published.accept(close)).isFalse();
    assertThat(published.snapshot()).isSameAs(snapshot);
    assertThat(published.invisible()).isZero();
  }

  @Test
  void aWrongDigestStaysInvisibleUntilItIsMended() {
    published.accept(page(0, List.of(output)));
    published.accept(second);
    assertThat(published.accept(close)).isFalse();
    assertThat(published.broken()).containsOnlyKeys("base/1");
    assertThat(published.accept(first)).isTrue();
    assertThat(published.broken()).isEmpty();
  }

  @Test
  void aRateForAnUnknownMeterKeepsTheVersionInvisible() {
    PriceRate odd = PriceRate.newBuilder(input).setMeter("smell").build();
    published.accept(page(0, List.of(odd)));
    assertThat(published.accept(close(1, 1, PriceVersionDigest.of(List.of(odd))))).isFalse();
    assertThat(published.broken().get("base/1")).contains("smell");
  }

  @Test
  void pagesAreReadBackAsTheyWereCut() {
    Prices prices = prices().alias("gpt", "model-0").alias("*-latest", "model-0");
    for (int i = 0; i < PricePages.MOST_PER_PAGE + 1; i++) {
      prices.model("openai", "model-" + i).rate(INPUT, "1");
    }
    List<PriceBookRecord> pages =
        PricePages.of(new PriceBookId("base"), 1, prices.close(), prices.rates(), prices.aliases());

    assertThat(pages).hasSize(4).extracting(PriceBookRecord::getPage).containsExactly(0, 1, 2, 3);
    pages.reversed().forEach(published::accept);
    assertThat(published.snapshot().versions()).isEqualTo(1);
    assertThat(
            Rating.rate(
                Requests.request().model("openai", "gpt-latest").units(INPUT, 1).build(),
                published.snapshot()))
        .isInstanceOf(RatingResult.Rated.class);
  }

  @Test
  void aLostAliasKeepsTheVersionInvisible() {
    Prices prices = prices().rate(INPUT, "1").alias("gpt", "gpt-4o");
    List<PriceBookRecord> pages =
        PricePages.of(new PriceBookId("base"), 1, prices.close(), prices.rates(), prices.aliases());
    pages.get(1).setAliases(List.of());
    published.accept(pages.get(0));
    published.accept(pages.get(1));
    assertThat(published.accept(pages.get(2))).isFalse();
    assertThat(published.broken()).containsOnlyKeys("base/1");
  }
}
