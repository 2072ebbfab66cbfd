package io.tollgate.app.workload;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.UsageEventRules;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.util.Locale;

/**
 * One request of a recorded trace. The time is read as UTC; digits below the microsecond are
 * dropped, because usage events are dated in microseconds.
 */
record TraceLine(Instant time, long contextTokens, long generatedTokens) {
  static final String HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens";

  private static final DateTimeFormatter TIMESTAMP =
      new DateTimeFormatterBuilder()
          .appendPattern("uuuu-MM-dd HH:mm:ss")
          .optionalStart()
          .appendFraction(ChronoField.NANO_OF_SECOND, 1, 9, true)
          .optionalEnd()
          .toFormatter(Locale.ROOT)
          .withResolverStyle(ResolverStyle.STRICT);

  /**
   * @throws InvalidInput naming the column, the value and the rule
   */
  static TraceLine parse(String line) {
    String[] columns = line.split(",", -1);
    InvalidInput.unless(columns.length == 3, "line", line, "must have 3 columns, " + HEADER);
    return new TraceLine(
        timestamp(columns[0]),
        tokens("ContextTokens", columns[1]),
        tokens("GeneratedTokens", columns[2]));
  }

  private static Instant timestamp(String text) {
    try {
      Instant time = LocalDateTime.parse(text, TIMESTAMP).toInstant(ZoneOffset.UTC);
      return time.minusNanos(time.getNano() % 1_000);
    } catch (DateTimeParseException e) {
      InvalidInput refused =
          new InvalidInput(
              "TIMESTAMP", text, "must be a UTC time such as 2023-11-16 18:15:46.6805900");
      refused.initCause(e);
      throw refused;
    }
  }

  private static long tokens(String column, String text) {
    boolean digits =
        !text.isEmpty() && text.length() <= 13 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    long tokens = digits ? Long.parseLong(text) : -1;
    InvalidInput.unless(
        tokens >= 0 && tokens <= UsageEventRules.MOST_UNITS,
        column,
        text,
        "must be a whole number from 0 to 10^12");
    return tokens;
  }
}
