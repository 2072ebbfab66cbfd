package io.tollgate.bench;

import java.util.Optional;

/** Who is measured on the same bytes. */
enum Contender {
  RAW("a", "raw consume + decode + HashMap sum", false, false),
  AGGREGATION("b", "ours, aggregation alone", false, false),
  DSL_AGGREGATE("c", "DSL aggregate", false, false),
  OURS("d", "ours: 34-day dedup, rating, rated output", true, true),
  STORE_PER_EVENT("e", "DSL, one dedup store entry per event", true, true),
  FLINK("f", "Flink, the work of (d)", true, true),
  WHOLE_ROLE("g", "ours, the whole streams role", true, true);

  private final String letter;
  private final String label;
  private final boolean deduplicates;
  private final boolean rates;

  Contender(String letter, String label, boolean deduplicates, boolean rates) {
    this.letter = letter;
    this.label = label;
    this.deduplicates = deduplicates;
    this.rates = rates;
  }

  String letter() {
    return letter;
  }

  String label() {
    return "(" + letter + ") " + label;
  }

  boolean deduplicates() {
    return deduplicates;
  }

  boolean rates() {
    return rates;
  }

  /** What its totals must be. */
  Sums expected(Section section) {
    Sums sums = deduplicates ? section.distinct() : section.all();
    return rates ? sums : sums.unrated();
  }

  /** The consumer group of a pass, whose committed offsets tell how far it is. */
  String group(String application) {
    return switch (this) {
      case AGGREGATION, OURS, WHOLE_ROLE -> application + "-meter";
      case RAW, DSL_AGGREGATE, STORE_PER_EVENT, FLINK -> application;
    };
  }

  static Optional<Contender> of(String letter) {
    for (Contender contender : values()) {
      if (contender.letter.equals(letter)) {
        return Optional.of(contender);
      }
    }
    return Optional.empty();
  }
}
