package io.tollgate.governance.spending;

import io.tollgate.governance.store.Fields;
import io.tollgate.schemas.Decimals;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.SubjectKind;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the fields of a budget may hold, whether it is new or edited. */
final class BudgetFields {
  private static final List<String> PERIODS =
      List.of("day", "week", "month", "quarter", "year", "total");
  private static final List<String> SUBJECT_KINDS =
      Stream.of(SubjectKind.values()).map(BudgetFields::wireName).toList();
  private static final int MOST_THRESHOLDS = 10;
  private static final int DAYS_OF_A_WEEK = 7;
  private static final int DAYS_OF_A_MONTH = 31;

  /** As in the Avro schema: {@code decimal(9, 6)}. */
  private static final int THRESHOLD_SCALE = 6;

  private static final BigDecimal HIGHEST_THRESHOLD = new BigDecimal("999");

  private BudgetFields() {}

  static Money amount(String amount) {
    Money money = Fields.named("amount", amount, Money::parse);
    InvalidInput.unless(money.compareTo(Money.ZERO) > 0, "amount", amount, "must be above zero");
    return money;
  }

  static String period(String period) {
    InvalidInput.unless(
        PERIODS.contains(period), "period", period, "must be one of " + String.join(", ", PERIODS));
    return period;
  }

  /** The first day of a period; 1 where none is given. */
  static int anchorDay(String period, @Nullable Integer given) {
    if (given == null) {
      return 1;
    }
    int last =
        switch (period) {
          case "week" -> DAYS_OF_A_WEEK;
          case "month", "quarter", "year" -> DAYS_OF_A_MONTH;
          default ->
              throw new InvalidInput(
                  "anchor_day",
                  given.toString(),
                  "must be left out for the period " + period + ", which has no first day");
        };
    InvalidInput.unless(
        given >= 1 && given <= last,
        "anchor_day",
        given,
        "must be 1 to " + last + " for the period " + period);
    return given;
  }

  static SubjectKind subjectKind(String kind) {
    InvalidInput.unless(
        SUBJECT_KINDS.contains(kind),
        "subject_kind",
        kind,
        "must be one of " + String.join(", ", SUBJECT_KINDS));
    return SubjectKind.valueOf(kind.toUpperCase(Locale.ROOT));
  }

  static String wireName(SubjectKind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  /** The thresholds at scale 6, ascending. */
  static List<BigDecimal> thresholds(List<String> texts) {
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
