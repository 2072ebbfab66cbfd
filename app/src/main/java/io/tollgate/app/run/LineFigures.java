package io.tollgate.app.run;

import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.BudgetAlert;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/**
 * What the topics said at one moment.
 *
 * @param logged end of usage.events, summed over its partitions
 * @param outcomes of the records that the meter topology has committed
 * @param spend by workspace, from the deltas committed since the watch began
 * @param alerts raised since the watch began, in the order read
 */
public record LineFigures(
    long logged, Outcomes outcomes, Map<WorkspaceId, BigDecimal> spend, List<BudgetAlert> alerts) {
  public LineFigures {
    spend = Map.copyOf(spend);
    alerts = List.copyOf(alerts);
  }

  /** Offsets that the meter topology has not committed yet. */
  public long lag() {
    return Math.max(0, logged - outcomes.nextOffset());
  }

  /** Sums over the partitions of usage.events, since the first record ever. */
  public record Outcomes(
      long nextOffset,
      long records,
      long rated,
      long duplicate,
      long rejected,
      long unrated,
      long waiting) {
    static final Outcomes NONE = new Outcomes(0, 0, 0, 0, 0, 0, 0);

    Outcomes plus(Outcomes other) {
      return new Outcomes(
          nextOffset + other.nextOffset,
          records + other.records,
          rated + other.rated,
          duplicate + other.duplicate,
          rejected + other.rejected,
          unrated + other.unrated,
          waiting + other.waiting);
    }

    Outcomes minus(Outcomes other) {
      return new Outcomes(
          nextOffset - other.nextOffset,
          records - other.records,
          rated - other.rated,
          duplicate - other.duplicate,
          rejected - other.rejected,
          unrated - other.unrated,
          waiting - other.waiting);
    }
  }
}
