package io.tollgate.rating;

import static io.tollgate.rating.Prices.prices;
import static io.tollgate.schemas.Meter.INPUT;
import static io.tollgate.schemas.Meter.OUTPUT;
import static org.assertj.core.api.Assertions.assertThat;

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
    return new PriceBookRecord("base", 1, number, rates, null);
  }

  private static PriceBookRecord close(int page, int rates, String digest) {
    return new PriceBookRecord(
        "base", 1, page, List.of(), new PriceVersionClose("USD", null, FROM, FROM, rates, digest));
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
}
