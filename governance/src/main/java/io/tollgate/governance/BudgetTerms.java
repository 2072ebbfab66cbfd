package io.tollgate.governance;

import io.tollgate.schemas.BudgetId;
import io.tollgate.schemas.Decimals;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Money;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a new budget is made of.
 *
 * @param amount decimal text above zero, at most 12 decimals, in the organization's currency
 * @param period day, week, month, quarter, year or total, in the organization's time zone
 * @param thresholds fractions of the amount as decimal text, at most 10; 80 % and 100 % if left out
 * @param hard whether crossing 100 % stops traffic; not if left out
 * @param apiKeyId the key it is on, if it is on one
 */
record BudgetTerms(
    @Nullable String id,
    String name,
    String amount,
    String period,
    @Nullable List<String> thresholds,
    @Nullable Boolean hard,
    @Nullable String apiKeyId) {
  private static final List<String> PERIODS =
      List.of("day", "week", "month", "quarter", "year", "total");
  private static final List<String> USUAL_THRESHOLDS = List.of("0.8", "1");
  private static final int MOST_THRESHOLDS = 10;

  /** As in the Avro schema: {@code decimal(9, 6)}. */
  private static final int THRESHOLD_SCALE = 6;

  private static final BigDecimal HIGHEST_THRESHOLD = new BigDecimal("999");

  BudgetTerms {
    if (id != null) {
      Fields.id(id, BudgetId::new);
    }
    Inputs.text("name", name);
    InvalidInput.unless(
        Fields.named("amount", amount, Money::parse).compareTo(Money.ZERO) > 0,
        "amount",
        amount,
        "must be above zero");
    InvalidInput.unless(
        PERIODS.contains(period), "period", period, "must be one of " + String.join(", ", PERIODS));
    thresholds = thresholds == null ? USUAL_THRESHOLDS : List.copyOf(thresholds);
    fractions(thresholds);
  }

  Money money() {
    return Money.parse(amount);
  }

  boolean isHard() {
    return hard != null && hard;
  }

  /** The thresholds at scale 6, ascending. */
  List<BigDecimal> fractions() {
    return fractions(thresholds == null ? USUAL_THRESHOLDS : thresholds);
  }

  private static List<BigDecimal> fractions(List<String> texts) {
    InvalidInput.unless(
        !texts.isEmpty() && texts.size() <= MOST_THRESHOLDS,
        "thresholds",
        texts,
        "must be 1 to 10 fractions of the amount");
    List<BigDecimal> fractions = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      String field = "thresholds[" + i + "]";
      BigDecimal fraction = Decimals.parse(field, texts.get(i));
      InvalidInput.unless(
          fraction.signum() > 0
              && fraction.compareTo(HIGHEST_THRESHOLD) <= 0
              && fraction.stripTrailingZeros().scale() <= THRESHOLD_SCALE,
          field,
          texts.get(i),
          "must be above 0 and at most 999, with at most 6 decimals; 0.8 is 80 %");
      BigDecimal scaled = fraction.setScale(THRESHOLD_SCALE, RoundingMode.UNNECESSARY);
      InvalidInput.unless(!fractions.contains(scaled), field, texts.get(i), "is given twice");
      fractions.add(scaled);
    }
    return fractions.stream().sorted().toList();
  }
}
