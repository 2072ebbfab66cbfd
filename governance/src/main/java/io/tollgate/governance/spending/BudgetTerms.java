package io.tollgate.governance.spending;

import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Inputs;
import io.tollgate.schemas.BudgetId;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.SubjectKind;
import java.math.BigDecimal;
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
 * @param subjectKind user, model or feature, for a budget on one of them inside the scope
 * @param subject which user, model or feature
 * @param anchorDay where a period begins: of a week 1 (Monday) to 7, of a month, quarter or year
 *     the day of its first month, cut to the month's length; 1 if left out
 */
record BudgetTerms(
    @Nullable String id,
    String name,
    String amount,
    String period,
    @Nullable List<String> thresholds,
    @Nullable Boolean hard,
    @Nullable String apiKeyId,
    @Nullable String subjectKind,
    @Nullable String subject,
    @Nullable Integer anchorDay) {
  private static final List<String> USUAL_THRESHOLDS = List.of("0.8", "1");

  BudgetTerms {
    if (id != null) {
      Fields.id(id, BudgetId::new);
    }
    Inputs.text("name", name);
    BudgetFields.amount(amount);
    BudgetFields.period(period);
    thresholds = thresholds == null ? USUAL_THRESHOLDS : List.copyOf(thresholds);
    BudgetFields.thresholds(thresholds);
    BudgetFields.anchorDay(period, anchorDay);
    if (subjectKind != null) {
      BudgetFields.subjectKind(subjectKind);
      InvalidInput.unless(
          subject != null, "subject", "", "must name the " + subjectKind + " it is on");
    }
    if (subject != null) {
      InvalidInput.unless(
          subjectKind != null,
          "subject_kind",
          "",
          "must say whether the subject is a user, a model or a feature");
      Inputs.text("subject", subject);
    }
  }

  /** A monthly budget on a scope itself; a hard one warns at 80 %, a soft one is one threshold. */
  static BudgetTerms monthly(String name, String amount, boolean hard) {
    return new BudgetTerms(
        null,
        name,
        amount,
        SpendTerms.MONTH,
        hard ? USUAL_THRESHOLDS : List.of("1"),
        hard,
        null,
        null,
        null,
        null);
  }

  Money money() {
    return BudgetFields.amount(amount);
  }

  boolean isHard() {
    return hard != null && hard;
  }

  /** The thresholds at scale 6, ascending. */
  List<BigDecimal> fractions() {
    return BudgetFields.thresholds(thresholds == null ? USUAL_THRESHOLDS : thresholds);
  }

  int anchor() {
    return BudgetFields.anchorDay(period, anchorDay);
  }

  /** Null for a budget on the scope itself. */
  @Nullable SubjectKind kind() {
    return subjectKind == null ? null : BudgetFields.subjectKind(subjectKind);
  }
}
