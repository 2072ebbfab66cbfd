package io.tollgate.governance.store;

import io.tollgate.schemas.InvalidInput;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Currency;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Rules that several of governance's inputs share. */
public final class Inputs {
  private static final int TEXT_BYTES = 256;

  /** RFC 5321, section 4.5.3.1: a path has at most 256 octets with its brackets. */
  private static final int LONGEST_EMAIL = 254;

  private static final Pattern EMAIL =
      Pattern.compile(
          "[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
              + "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
              + "(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+");
  private static final Set<String> TIME_ZONES = ZoneId.getAvailableZoneIds();

  /** Avro, PostgreSQL and ClickHouse all hold these years without a special case. */
  private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");

  private static final Instant LATEST = Instant.parse("2200-01-01T00:00:00Z");

  private Inputs() {}

  /** Text that is shown to people or matched: 1 to 256 bytes, no control characters. */
  public static String text(String field, String text) {
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    InvalidInput.unless(
        bytes >= 1 && bytes <= TEXT_BYTES && !text.isBlank(),
        field,
        text,
        "must be 1 to 256 bytes and not blank");
    InvalidInput.unless(
        text.chars().noneMatch(Character::isISOControl),
        field,
        text,
        "must not hold control characters");
    InvalidInput.unless(
        StandardCharsets.UTF_8.newEncoder().canEncode(text),
        field,
        "half a surrogate pair",
        "must be whole characters");
    return text;
  }

  /**
   * An address to which mail can be sent. Only its shape is judged: whether somebody reads it is
   * shown by an answer from there. Lower case, because nobody tells addresses apart by case.
   */
  public static String email(String field, String email) {
    text(field, email);
    InvalidInput.unless(
        EMAIL.matcher(email).matches() && email.length() <= LONGEST_EMAIL,
        field,
        email,
        "must be an email address such as ada@example.com");
    return email.toLowerCase(Locale.ROOT);
  }

  /** An IANA name such as {@code Europe/Berlin}; offsets are not names. */
  public static String timeZone(String timeZone) {
    InvalidInput.unless(
        TIME_ZONES.contains(timeZone) && !timeZone.startsWith("SystemV/"),
        "time_zone",
        timeZone,
        "must be an IANA time zone name such as Europe/Berlin");
    return timeZone;
  }

  /** An ISO 4217 code of money that has a minor unit, such as {@code USD}. */
  public static String currency(String currency) {
    InvalidInput.unless(
        Currency.getAvailableCurrencies().stream()
            .anyMatch(
                known ->
                    known.getCurrencyCode().equals(currency)
                        && known.getDefaultFractionDigits() >= 0),
        "currency",
        currency,
        "must be an ISO 4217 code such as USD");
    return currency;
  }

  /** An instant in RFC 3339 with an offset, in whole milliseconds. */
  public static Instant instant(String field, String text) {
    Instant instant;
    try {
      instant = java.time.OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException e) {
      throw new InvalidInput(field, text, "must be a time such as 2026-03-01T00:00:00Z");
    }
    InvalidInput.unless(
        instant.equals(instant.truncatedTo(ChronoUnit.MILLIS)),
        field,
        text,
        "must be in whole milliseconds");
    InvalidInput.unless(
        !instant.isBefore(EARLIEST) && instant.isBefore(LATEST),
        field,
        text,
        "must be from 2000 to 2199");
    return instant;
  }

  /** A decimal as answers show it: exact, without trailing zeros or an exponent. */
  public static String plain(BigDecimal decimal) {
    return decimal.stripTrailingZeros().toPlainString();
  }
}
