package io.tollgate.governance.spending;

import com.fasterxml.jackson.databind.node.DecimalNode;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Money;
import java.math.BigDecimal;
import java.util.Map;

/**
 * An amount as the imitated API has it: a JSON number of cents, read and written as decimal text so
 * that nothing is rounded on the way, with a text twin beside it in answers.
 */
record Cents(BigDecimal value) {
  private static final String FIELD = "threshold_amount";
  private static final int CENTS_SHIFT = 2;

  Cents {
    InvalidInput.unless(
        value.signum() > 0 && value.stripTrailingZeros().scale() <= Money.SCALE - CENTS_SHIFT,
        FIELD,
        value.toPlainString(),
        "must be an amount of cents above zero with at most 10 decimals");
    value = value.stripTrailingZeros();
  }

  static Cents of(BigDecimal amount) {
    return new Cents(amount.movePointRight(CENTS_SHIFT));
  }

  /** The amount in the currency's unit, within the bounds of any amount. */
  Money money() {
    try {
      return BudgetFields.amount(value.movePointLeft(CENTS_SHIFT).toPlainString());
    } catch (InvalidInput e) {
      throw new InvalidInput(FIELD, value.toPlainString(), e.rule());
    }
  }

  void addTo(Map<String, Object> json) {
    json.put(FIELD, DecimalNode.valueOf(new BigDecimal(value.toPlainString())));
    json.put(FIELD + "_exact", value.toPlainString());
  }
}
