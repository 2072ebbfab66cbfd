package io.tollgate.app;

import io.tollgate.schemas.InvalidInput;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The time a reading command asks about; in UTC. */
final class Period {
  @Option(
      names = "--month",
      paramLabel = "YYYY-MM",
      description = "A whole month (default: the current one).")
  private @Nullable String month;

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description = "First day or instant, inclusive, such as 2026-06-01 or 2026-06-01T12:00:00Z.")
  private @Nullable String from;

  @Option(
      names = "--to",
      paramLabel = "TIME",
      description = "Last day or instant, exclusive (default: now).")
  private @Nullable String to;

  /** From, inclusive, to, exclusive. */
  record Range(Instant from, Instant to) {}

  /**
   * @throws InvalidInput for what is no time, or contradicts itself
   */
  Range range(InstantSource clock) {
    if (from == null) {
      InvalidInput.unless(to == null, "--to", String.valueOf(to), "needs --from");
      YearMonth asked = month(month, clock);
      return new Range(start(asked), start(asked.plusMonths(1)));
    }
    InvalidInput.unless(
        month == null, "--month", String.valueOf(month), "cannot stand beside --from");
    Range range = new Range(time("--from", from), to == null ? clock.instant() : time("--to", to));
    InvalidInput.unless(
        range.from().isBefore(range.to()), "--from", from, "must be before " + range.to());
    return range;
  }

  /**
   * @throws InvalidInput for what is no month
   */
  static YearMonth month(@Nullable String text, InstantSource clock) {
    if (text == null) {
      return YearMonth.from(clock.instant().atOffset(ZoneOffset.UTC));
    }
    try {
      return YearMonth.parse(text);
    } catch (DateTimeException e) {
      throw refused("--month", text, "must be a month such as 2026-06", e);
    }
  }

  private static Instant start(YearMonth month) {
    return month.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
  }

  private static Instant time(String option, String text) {
    try {
      return text.contains("T")
          ? Instant.parse(text)
          : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
    } catch (DateTimeException e) {
      throw refused(
          option,
          text,
          "must be a day such as 2026-06-01 or an instant such as 2026-06-01T12:00:00Z",
          e);
    }
  }

  private static InvalidInput refused(String option, String text, String rule, Throwable cause) {
    InvalidInput refused = new InvalidInput(option, text, rule);
    refused.initCause(cause);
    return refused;
  }
}
