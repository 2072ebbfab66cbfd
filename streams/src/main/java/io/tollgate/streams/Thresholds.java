package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.AlertKind;
import io.tollgate.schemas.avro.Budget;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Judges a budget's thresholds by what was spent. A threshold is crossed when spend ≥ threshold ×
 * amount, exactly. Each crossing opens an episode; falling below, or the threshold's removal by an
 * edit, ends it; a later crossing opens the next.
 */
final class Thresholds {
  private Thresholds() {}

  /** An episode that opened or ended, in ascending order of threshold. */
  record Change(AlertKind kind, BigDecimal threshold, int episode) {}

  /** The episodes after a judgement, and what changed by it. */
  record Judgement(List<BudgetState.Episode> episodes, List<Change> changes) {}

  /**
   * @param before the episodes known so far
   * @param spend in the period now
   */
  static Judgement judge(List<BudgetState.Episode> before, Budget budget, Money spend) {
    Map<BigDecimal, BudgetState.Episode> known = new TreeMap<>();
    for (BudgetState.Episode episode : before) {
      known.put(episode.threshold(), episode);
    }
    // TreeSet and TreeMap compare by value, so that 0.8 and 0.800000 are one threshold.
    TreeSet<BigDecimal> thresholds = new TreeSet<>(budget.getThresholds());
    TreeSet<BigDecimal> all = new TreeSet<>(thresholds);
    all.addAll(known.keySet());
    List<BudgetState.Episode> after = new ArrayList<>();
    List<Change> changes = new ArrayList<>();
    for (BigDecimal threshold : all) {
      boolean crossed =
          thresholds.contains(threshold)
              && spend.value().compareTo(threshold.multiply(budget.getAmount())) >= 0;
      BudgetState.Episode episode =
          known.getOrDefault(threshold, new BudgetState.Episode(threshold, 0, false));
      if (crossed && !episode.open()) {
        episode = new BudgetState.Episode(threshold, episode.number() + 1, true);
        changes.add(new Change(AlertKind.CROSSED, threshold, episode.number()));
      } else if (!crossed && episode.open()) {
        episode = new BudgetState.Episode(threshold, episode.number(), false);
        changes.add(new Change(AlertKind.RETRACTED, threshold, episode.number()));
      }
      if (episode.number() > 0) {
        after.add(episode);
      }
    }
    return new Judgement(after, changes);
  }

  /** Ends every episode: the period is no more what it was. */
  static Judgement end(List<BudgetState.Episode> before) {
    List<BudgetState.Episode> after = new ArrayList<>();
    List<Change> changes = new ArrayList<>();
    for (BudgetState.Episode episode : before) {
      after.add(new BudgetState.Episode(episode.threshold(), episode.number(), false));
      if (episode.open()) {
        changes.add(new Change(AlertKind.RETRACTED, episode.threshold(), episode.number()));
      }
    }
    return new Judgement(after, changes);
  }
}
