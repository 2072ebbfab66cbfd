package io.tollgate.app.chaos;

import io.tollgate.schemas.avro.AlertKind;
import io.tollgate.schemas.avro.BudgetAlert;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * The alerts of one budget in their order, and which of them may not be: an episode opens with a
 * spend that has reached the threshold, ends with one that has not, and the next one has the next
 * number. So no crossing is told twice, whoever was killed.
 */
final class AlertHistory {
  private final ChaosBudget budget;
  private final TreeMap<BigDecimal, Episode> episodes = new TreeMap<>();
  private final List<String> illegal = new ArrayList<>();
  private int size;

  private record Episode(int number, boolean open) {}

  AlertHistory(ChaosBudget budget) {
    this.budget = budget;
  }

  /** Takes an alert; those of other budgets are passed by. */
  void add(BudgetAlert alert) {
    if (!alert.getBudgetId().equals(budget.id())) {
      return;
    }
    size++;
    // By value: 0.1 is 0.100000.
    Episode before = episodes.getOrDefault(alert.getThreshold(), new Episode(0, false));
    boolean reached =
        alert.getSpend().compareTo(alert.getThreshold().multiply(budget.amount())) >= 0;
    boolean legal =
        switch (alert.getKind()) {
          case CROSSED -> !before.open() && alert.getEpisode() == before.number() + 1 && reached;
          case RETRACTED -> before.open() && alert.getEpisode() == before.number() && !reached;
        };
    if (!legal) {
      illegal.add("alert that may not be after " + before + ": " + alert);
    }
    episodes.put(
        alert.getThreshold(),
        new Episode(alert.getEpisode(), alert.getKind() == AlertKind.CROSSED));
  }

  List<String> illegal() {
    return List.copyOf(illegal);
  }

  int size() {
    return size;
  }

  /** Thresholds whose episode is open, ascending, as {@link ChaosBudget#THRESHOLDS} has them. */
  List<BigDecimal> open() {
    return ChaosBudget.THRESHOLDS.stream()
        .filter(
            threshold -> {
              Episode episode = episodes.get(threshold);
              return episode != null && episode.open();
            })
        .toList();
  }
}
