package io.tollgate.governance.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.governance.store.Actor;
import io.tollgate.governance.store.AuditEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChainCheckTest {
  private static final Instant START = Instant.parse("2026-03-01T10:00:00Z");
  private static final int ROWS = 40;

  @SuppressWarnings("ArrayRecordComponent")
  private record Row(AuditEntry entry, byte[] hash) {}

  private static AuditEntry entry(long sequence, Random random) {
    return new AuditEntry(
        "acme",
        sequence,
        START.plusMillis(sequence * 1_000 + random.nextInt(1_000)),
        random.nextBoolean() ? "budget.updated" : "project.created",
        random.nextBoolean() ? AuditEntry.Outcome.DONE : AuditEntry.Outcome.REFUSED,
        1 + random.nextInt(3),
        new Actor("admin_key", "key_" + random.nextInt(3), null),
        random.nextBoolean() ? "192.0.2." + random.nextInt(9) : null,
        "PATCH /v1/organization/budgets/{budget_id}",
        "budget",
        "bud_" + random.nextInt(5),
        random.nextBoolean() ? "prod" : null,
        random.nextBoolean() ? "{\"amount\":\"" + random.nextInt(100) + "\"}" : null,
        "{\"name\":\"Grün\",\"amount\":\"" + random.nextInt(100) + "\"}");
  }

  private static List<Row> chain(Random random) {
    List<AuditEntry> entries = new ArrayList<>();
    for (int i = 1; i <= ROWS; i++) {
      entries.add(entry(i, random));
    }
    return hashed(entries);
  }

  private static List<Row> hashed(List<AuditEntry> entries) {
    List<Row> rows = new ArrayList<>();
    byte[] hash = AuditEntry.beginning();
    for (AuditEntry entry : entries) {
      hash = entry.hash(hash);
      rows.add(new Row(entry, hash));
    }
    return rows;
  }

  private static List<ChainCheck.Anchor> anchors(List<Row> rows, int... sequences) {
    List<ChainCheck.Anchor> anchors = new ArrayList<>();
    for (int sequence : sequences) {
      anchors.add(
          new ChainCheck.Anchor(
              sequence, HexFormat.of().formatHex(rows.get(sequence - 1).hash()), START));
    }
    return anchors;
  }

  private static Optional<ChainCheck.Finding> check(
      List<Row> rows, List<ChainCheck.Anchor> anchors) {
    return check(rows, anchors, START, rows.size());
  }

  private static Optional<ChainCheck.Finding> check(
      List<Row> rows, List<ChainCheck.Anchor> anchors, Instant anchoredBefore, long ends) {
    ChainCheck check = new ChainCheck("acme", anchors, anchoredBefore);
    for (Row row : rows) {
      Optional<ChainCheck.Finding> finding = check.next(row.entry(), row.hash());
      if (finding.isPresent()) {
        return finding;
      }
    }
    return check.end(ends);
  }

  private static long first(List<Row> rows, List<ChainCheck.Anchor> anchors) {
    return check(rows, anchors).orElseThrow().sequence();
  }

  @Test
  void findsNothingInWhatWasWritten() {
    List<Row> rows = chain(new Random(1));
    assertThat(check(rows, anchors(rows, 10, 20, ROWS))).isEmpty();
    assertThat(check(rows, List.of())).isEmpty();
    assertThat(check(List.of(), List.of())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void findsEveryChangeOfOneCharacterOrBit(long seed) {
    Random random = new Random(seed);
    List<Row> rows = chain(random);
    for (int i = 0; i < ROWS; i++) {
      for (Row forged : forgeries(rows.get(i), random)) {
        List<Row> changed = new ArrayList<>(rows);
        changed.set(i, forged);
        assertThat(first(changed, List.of())).as("%s", forged).isEqualTo(i + 1);
      }
    }
  }

  @Test
  void findsEverySwapRemovalAndTruncation() {
    List<Row> rows = chain(new Random(6));
    List<ChainCheck.Anchor> anchors = anchors(rows, 17, ROWS);
    for (int i = 0; i < ROWS; i++) {
      List<Row> removed = new ArrayList<>(rows);
      removed.remove(i);
      assertThat(first(removed, anchors)).isEqualTo(i + 1);
      assertThat(check(rows.subList(0, i), anchors, START, i).orElseThrow().sequence())
          .as("cut off before row %s, with the table of chains cut to fit", i + 1)
          .isEqualTo(i + 1);
      for (int j = i + 1; j < ROWS; j++) {
        List<Row> swapped = new ArrayList<>(rows);
        Collections.swap(swapped, i, j);
        assertThat(first(swapped, anchors)).isEqualTo(i + 1);
        swapped.set(i, new Row(at(rows.get(j).entry(), i + 1), rows.get(j).hash()));
        swapped.set(j, new Row(at(rows.get(i).entry(), j + 1), rows.get(i).hash()));
        assertThat(first(swapped, anchors)).as("numbered to fit").isEqualTo(i + 1);
      }
    }
  }

  @Test
  void findsByItsAnchorsAChainThatWasWrittenAnew() {
    Random random = new Random(7);
    List<Row> rows = chain(random);
    List<ChainCheck.Anchor> anchors = anchors(rows, 10, 20, ROWS);
    List<AuditEntry> forged = new ArrayList<>(rows.stream().map(Row::entry).toList());
    forged.set(14, entry(15, random));

    assertThat(check(hashed(forged), List.of())).as("consistent in itself").isEmpty();
    ChainCheck.Finding finding = check(hashed(forged), anchors).orElseThrow();
    assertThat(finding.sequence()).isEqualTo(11);
    assertThat(finding.toString())
        .startsWith("chain of organization acme, row 11: the rows from here to 20 were written");
  }

  @Test
  void rowsWithoutAnAnchorForLongAreAFinding() {
    List<Row> rows = chain(new Random(8));
    List<ChainCheck.Anchor> anchors = anchors(rows, 20);
    Instant between = rows.get(30).entry().at();

    assertThat(check(rows, anchors, START, ROWS)).isEmpty();
    assertThat(check(rows, anchors, between, ROWS).orElseThrow().sequence()).isEqualTo(21);
    assertThat(check(rows, anchors(rows, 20, ROWS), Instant.MAX, ROWS)).isEmpty();
    assertThat(check(rows.subList(0, 30), anchors, START, ROWS).orElseThrow().toString())
        .contains("row 31")
        .contains("the chain ends at 30, not at 40");
  }

  private static List<Row> forgeries(Row row, Random random) {
    AuditEntry e = row.entry();
    List<Row> forged = new ArrayList<>();
    forged.add(new Row(at(e, e.sequence() + 1), row.hash()));
    forged.add(with(row, e.at().plusNanos(1), e.outcome(), e.attempts()));
    forged.add(with(row, e.at().minus(Duration.ofMillis(1)), e.outcome(), e.attempts()));
    forged.add(
        with(
            row,
            e.at(),
            e.outcome() == AuditEntry.Outcome.DONE
                ? AuditEntry.Outcome.REFUSED
                : AuditEntry.Outcome.DONE,
            e.attempts()));
    forged.add(with(row, e.at(), e.outcome(), e.attempts() + 1));
    for (int field = 0; field < 11; field++) {
      forged.add(withText(row, field, random));
    }
    for (int i = 0; i < row.hash().length; i++) {
      byte[] hash = row.hash().clone();
      hash[i] ^= (byte) (1 << random.nextInt(8));
      forged.add(new Row(e, hash));
    }
    return forged;
  }

  private static AuditEntry at(AuditEntry e, long sequence) {
    return new AuditEntry(
        e.chain(),
        sequence,
        e.at(),
        e.type(),
        e.outcome(),
        e.attempts(),
        e.actor(),
        e.address(),
        e.route(),
        e.subjectKind(),
        e.subject(),
        e.workspace(),
        e.before(),
        e.after());
  }

  private static Row with(Row row, Instant at, AuditEntry.Outcome outcome, long attempts) {
    AuditEntry e = row.entry();
    return new Row(
        new AuditEntry(
            e.chain(),
            e.sequence(),
            at,
            e.type(),
            outcome,
            attempts,
            e.actor(),
            e.address(),
            e.route(),
            e.subjectKind(),
            e.subject(),
            e.workspace(),
            e.before(),
            e.after()),
        row.hash());
  }

  private static Row withText(Row row, int field, Random random) {
    AuditEntry e = row.entry();
    String[] texts = {
      e.chain(),
      e.type(),
      e.actor().kind(),
      e.actor().id(),
      e.actor().email(),
      e.address(),
      e.subjectKind(),
      e.subject(),
      e.workspace(),
      e.before(),
      e.after()
    };
    texts[field] = forged(texts[field], random);
    return new Row(
        new AuditEntry(
            texts[0],
            e.sequence(),
            e.at(),
            texts[1],
            e.outcome(),
            e.attempts(),
            new Actor(texts[2], texts[3], texts[4]),
            texts[5],
            e.route(),
            texts[6],
            texts[7],
            texts[8],
            texts[9],
            texts[10]),
        row.hash());
  }

  /** One character more, fewer or other; text where there was none. */
  private static String forged(@Nullable String text, Random random) {
    if (text == null) {
      return "";
    }
    int place = random.nextInt(text.length());
    return switch (random.nextInt(3)) {
      case 0 -> text.substring(0, place) + text.substring(place + 1);
      case 1 -> text.substring(0, place) + "#" + text.substring(place);
      default ->
          text.substring(0, place)
              + (char) (text.charAt(place) ^ (1 << random.nextInt(3)))
              + text.substring(place + 1);
    };
  }
}
