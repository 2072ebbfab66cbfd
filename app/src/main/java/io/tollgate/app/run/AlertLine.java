package io.tollgate.app.run;

import io.tollgate.app.terminal.Shown;
import io.tollgate.schemas.avro.AlertKind;
import io.tollgate.schemas.avro.BudgetAlert;
import java.math.BigDecimal;

/** An alert in one line. */
final class AlertLine {
  private AlertLine() {}

  static String of(BudgetAlert alert) {
    BigDecimal threshold = alert.getThreshold().movePointRight(2).stripTrailingZeros();
    return "%s%% of \"%s\"%s: %s of %s %s"
        .formatted(
            threshold.toPlainString(),
            alert.getBudgetName(),
            alert.getKind() == AlertKind.RETRACTED ? " no longer" : "",
            Shown.cents(alert.getSpend()),
            Shown.cents(alert.getAmount()),
            alert.getCurrency());
  }
}
