package io.tollgate.governance.spending;

import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Inputs;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Money;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a wallet is kept, as a whole.
 *
 * @param lowBalance marks as decimal text, in the organization's currency: at each an alert is
 *     raised when the balance falls to it; none if left out
 * @param stopAtZero whether traffic stops when nothing is left; not if left out
 * @param openedAt RFC 3339, a whole quarter-hour: usage from then on is paid from the wallet; if
 *     left out the quarter-hour in which it is opened. Fixed for good
 */
record WalletTerms(
    @Nullable List<String> lowBalance, @Nullable Boolean stopAtZero, @Nullable String openedAt) {
  static final int MOST_MARKS = 10;
  private static final Duration QUARTER_HOUR = Duration.ofMinutes(15);

  WalletTerms {
    lowBalance = lowBalance == null ? List.of() : List.copyOf(lowBalance);
    marks(lowBalance);
    if (openedAt != null) {
      opened(openedAt);
    }
  }

  /** Descending. */
  List<BigDecimal> marks() {
    return marks(lowBalance == null ? List.of() : lowBalance);
  }

  boolean stops() {
    return stopAtZero != null && stopAtZero;
  }

  /** When a wallet that is opened now begins to pay. */
  Instant opened(Instant now) {
    long quarterHours = now.getEpochSecond() / QUARTER_HOUR.toSeconds();
    return openedAt == null
        ? Instant.ofEpochSecond(quarterHours * QUARTER_HOUR.toSeconds())
        : opened(openedAt);
  }

  private static Instant opened(String text) {
    Instant opened = Inputs.instant("opened_at", text);
    InvalidInput.unless(
        opened.toEpochMilli() % QUARTER_HOUR.toMillis() == 0,
        "opened_at",
        text,
        "must be a whole quarter-hour");
    return opened;
  }

  private static List<BigDecimal> marks(List<String> texts) {
    InvalidInput.unless(
        texts.size() <= MOST_MARKS,
        "low_balance",
        texts.size() + " marks",
        "must be at most " + MOST_MARKS);
    List<BigDecimal> marks = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      String field = "low_balance[" + i + "]";
      Money mark = Fields.named(field, texts.get(i), Money::parse);
      InvalidInput.unless(
          mark.compareTo(Money.ZERO) >= 0, field, texts.get(i), "must not be below zero");
      InvalidInput.unless(!marks.contains(mark.value()), field, texts.get(i), "is given twice");
      marks.add(mark.value());
    }
    return marks.stream().sorted(Comparator.reverseOrder()).toList();
  }
}
