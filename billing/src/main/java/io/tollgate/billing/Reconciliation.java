package io.tollgate.billing;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether the books balance: records read back from the broker, the state of the topologies, and
 * SQL over the landed rows.
 *
 * @param balanced the line was at rest, and all sources agree on everything
 * @param incomplete the line was not at rest within the bound: differences mean nothing yet
 * @param lag what was still under way
 * @param totals counts over everything
 * @param differences what the sources do not agree on, at most {@link #MOST_DIFFERENCES}
 * @param differencesFound how many there are
 * @param remarks what could not be compared, and why
 */
public record Reconciliation(
    boolean balanced,
    boolean incomplete,
    Lag lag,
    Totals totals,
    List<Difference> differences,
    int differencesFound,
    List<String> remarks) {
  /** Listed; all are counted. */
  static final int MOST_DIFFERENCES = 1_000;

  public Reconciliation {
    differences =
        List.copyOf(differences.subList(0, Math.min(differences.size(), MOST_DIFFERENCES)));
    remarks = List.copyOf(remarks);
  }

  /**
   * @param events records of usage.events without an outcome
   * @param waiting events that the meter topology holds back for now
   * @param landing offsets of usage.rated still to land, transaction markers included
   * @param reason why no lag is known, or what moved; null if there is nothing to say
   */
  public record Lag(long events, long waiting, long landing, @Nullable String reason) {
    boolean isZero() {
      return events == 0 && waiting == 0 && landing == 0;
    }
  }

  /**
   * @param events accepted, each with one of the outcomes that follow
   * @param voids that took effect
   * @param withdrawn unrated events that a correction took back
   * @param reversals landed beside what was rated; not an outcome
   * @param requests in the landed rows
   * @param costs of the landed rows by currency, exact
   */
  public record Totals(
      long events,
      long rated,
      long duplicate,
      long rejected,
      long unrated,
      long waiting,
      long rerouted,
      long voids,
      long withdrawn,
      long writtenOff,
      long reversals,
      long landedRows,
      long requests,
      List<CurrencyTotal> costs) {
    static final Totals NONE = new Totals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, List.of());

    public Totals {
      costs = List.copyOf(costs);
    }
  }

  public record CurrencyTotal(String currency, String cost) {}
}
