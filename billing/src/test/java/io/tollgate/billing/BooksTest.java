package io.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.tollgate.billing.Books.OutcomeBook;
import io.tollgate.billing.Books.PartitionBook;
import io.tollgate.billing.Books.RatedCounts;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.OrganizationId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class BooksTest {
  private static final OrganizationHour TEN =
      new OrganizationHour(
          new OrganizationId("acme"), Instant.parse("2026-10-05T10:59:59.999999Z"));
  private static final HourTotals TOTALS = totals(3, 300, "0.000000000003");
  private static final OutcomeBook OUTCOMES = outcomes(10, 3, 4, 2);
  private static final PartitionBook PARTITION = partition(10L, OUTCOMES, 3, 3);

  @Test
  void agreeingSourcesBalance() {
    assertThat(books(PARTITION, TOTALS, TOTALS, TOTALS).compare()).isEmpty();
    assertThat(books(PARTITION, null, TOTALS, TOTALS).compare())
        .as("records have expired")
        .isEmpty();
  }

  @Test
  void anHourThatWasReversedIsThereOrNot() {
    HourTotals reversed = totals(0, 0, "0");
    Books books = new Books(Map.of(0, PARTITION), Map.of(TEN, reversed), Map.of(), Map.of());
    assertThat(books.compare()).isEmpty();
    assertThat(books.onlyStreamsDiffer()).isFalse();
    Books told = new Books(Map.of(0, PARTITION), Map.of(), Map.of(TEN, reversed), Map.of());
    assertThat(told.compare()).isEmpty();
    assertThat(told.onlyStreamsDiffer()).as("nobody is waited for").isFalse();
  }

  @Test
  void aDeletedRowIsNamedByOrganizationHourAndDifference() {
    PartitionBook partition = partition(10L, OUTCOMES, 2, 2);
    List<Difference> differences =
        books(partition, TOTALS, TOTALS, totals(2, 200, "0.000000000002")).compare();
    assertThat(differences)
        .extracting(
            Difference::organizationId,
            Difference::hour,
            Difference::measure,
            Difference::difference)
        .containsExactly(
            tuple(null, null, "rated", "-1"),
            tuple("acme", "2026-10-05T10:00:00Z", "requests", "-1"),
            tuple("acme", "2026-10-05T10:00:00Z", "units.input", "-100"),
            tuple("acme", "2026-10-05T10:00:00Z", "cost", "-0.000000000001"));
    assertThat(differences.getLast())
        .extracting(Difference::broker, Difference::streams, Difference::landed)
        .containsExactly("0.000000000003", "0.000000000003", "0.000000000002");
  }

  @Test
  void aDoubledRowIsNamed() {
    PartitionBook partition = partition(10L, OUTCOMES, 4, 3);
    assertThat(books(partition, TOTALS, TOTALS, totals(4, 400, "0.000000000004")).compare())
        .extracting(Difference::measure, Difference::difference)
        .containsExactly(
            tuple("rows", "1"),
            tuple("requests", "1"),
            tuple("units.input", "100"),
            tuple("cost", "0.000000000001"));
  }

  @Test
  void aPicodollarIsADifference() {
    assertThat(books(PARTITION, TOTALS, TOTALS, totals(3, 300, "0.000000000004")).compare())
        .extracting(Difference::measure, Difference::difference)
        .containsExactly(tuple("cost", "0.000000000001"));
  }

  @Test
  void aTallyThatIsWrongIsSeenAlthoughLogAndTableAgree() {
    Books books = books(PARTITION, TOTALS, totals(3, 301, "0.000000000003"), TOTALS);
    assertThat(books.onlyStreamsDiffer()).isTrue();
    assertThat(books.compare())
        .extracting(Difference::measure, Difference::difference)
        .containsExactly(tuple("units.input", "1"));
  }

  @Test
  void anHourThatOnlyOneSourceKnowsIsADifference() {
    Books books = new Books(Map.of(), Map.of(), Map.of(TEN, TOTALS), Map.of());
    assertThat(books.compare())
        .extracting(Difference::measure)
        .containsExactly("requests", "units.input", "cost");
  }

  @Test
  void recordsWithoutAnOutcomeAreADifference() {
    PartitionBook lost = partition(11L, OUTCOMES, 3, 3);
    assertThat(books(lost, TOTALS, TOTALS, TOTALS).compare())
        .singleElement()
        .satisfies(
            difference -> {
              assertThat(difference.measure()).isEqualTo("records");
              assertThat(difference.partition()).isZero();
              assertThat(difference.detail())
                  .contains("11 records, 10 were seen, 10 have an outcome");
            });
    OutcomeBook unsummed = outcomes(10, 3, 4, 1);
    assertThat(books(partition(10L, unsummed, 3, 3), TOTALS, TOTALS, TOTALS).compare())
        .extracting(Difference::measure)
        .containsExactly("records");
  }

  @Test
  void expiredRecordsAreNotMissed() {
    OutcomeBook outcomes = new OutcomeBook(1_000, 900, 50, 50, 0, 0, 0, 0, 0, 0, 0);
    PartitionBook partition =
        new PartitionBook(
            null, new RatedCounts(400, 0), outcomes, 500, 400, new RatedCounts(400, 0));
    assertThat(books(partition, null, TOTALS, TOTALS).compare()).isEmpty();
  }

  @Test
  void voidsAndReversalsBelongToTheEquation() {
    OutcomeBook corrected = new OutcomeBook(12, 5, 1, 1, 1, 0, 0, 2, 1, 1, 3);
    RatedCounts counts = new RatedCounts(5, 3);
    PartitionBook partition = new PartitionBook(12L, counts, corrected, 0, 8, counts);
    assertThat(books(partition, TOTALS, TOTALS, TOTALS).compare()).isEmpty();

    RatedCounts turned = new RatedCounts(6, 2);
    assertThat(
            books(new PartitionBook(12L, counts, corrected, 0, 8, turned), TOTALS, TOTALS, TOTALS)
                .compare())
        .as("a reversal that landed as usage")
        .extracting(Difference::measure, Difference::difference)
        .containsExactly(tuple("rated", "1"), tuple("reversals", "-1"));

    OutcomeBook forgotten = new OutcomeBook(12, 5, 1, 1, 1, 0, 0, 1, 1, 1, 2);
    assertThat(
            books(new PartitionBook(12L, counts, forgotten, 0, 8, counts), TOTALS, TOTALS, TOTALS)
                .compare())
        .as("a void without an outcome")
        .extracting(Difference::measure)
        .containsExactly("records", "reversals");
  }

  private static OutcomeBook outcomes(long records, long rated, long duplicate, long rejected) {
    return new OutcomeBook(records, rated, duplicate, rejected, 1, 0, 0, 0, 0, 0, 0);
  }

  private static PartitionBook partition(
      long eventsRead, OutcomeBook outcomes, long landedRows, long landedPositions) {
    return new PartitionBook(
        eventsRead,
        new RatedCounts(3, 0),
        outcomes,
        0,
        landedRows,
        new RatedCounts(landedPositions, 0));
  }

  private static Books books(
      PartitionBook partition, @Nullable HourTotals broker, HourTotals streams, HourTotals landed) {
    return new Books(
        Map.of(0, partition),
        broker == null ? null : Map.of(TEN, broker),
        Map.of(TEN, streams),
        Map.of(TEN, landed));
  }

  private static HourTotals totals(long requests, long input, String cost) {
    return new HourTotals(requests, Map.of("input", input, "output", 0L), Money.parse(cost));
  }
}
