package io.tollgate.embedded;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An error as ClickHouse reports it: a number that clients act on, and a text that begins with it.
 */
final class ClickHouseError extends Exception {
  // The numbers are ClickHouse's own (src/Common/ErrorCodes.cpp).
  static final int BAD_ARGUMENTS = 36;
  static final int NOT_IMPLEMENTED = 48;
  static final int UNKNOWN_TABLE = 60;
  static final int SYNTAX_ERROR = 62;
  static final int UNKNOWN_DATABASE = 81;
  static final int TOO_MANY_SIMULTANEOUS_QUERIES = 202;
  static final int CANNOT_CONNECT = 210;
  static final int AUTHENTICATION_FAILED = 516;
  static final int UNKNOWN_EXCEPTION = 1002;

  private static final long serialVersionUID = 1L;
  private static final Pattern CODE = Pattern.compile("Code: ([0-9]{1,6})\\. ");

  private final int code;

  ClickHouseError(int code, String what) {
    this(code, what, true);
  }

  private ClickHouseError(int code, String text, boolean format) {
    super(format ? "Code: %d. DB::Exception: %s".formatted(code, text) : text);
    this.code = code;
  }

  /** The engine's own text, which names its code. */
  static ClickHouseError parse(String text) {
    Matcher matcher = CODE.matcher(text);
    return matcher.find()
        ? new ClickHouseError(Integer.parseInt(matcher.group(1)), text, false)
        : new ClickHouseError(UNKNOWN_EXCEPTION, text);
  }

  int code() {
    return code;
  }

  /** The HTTP status a ClickHouse server gives with it. */
  int status() {
    return switch (code) {
      case BAD_ARGUMENTS, SYNTAX_ERROR -> 400;
      case AUTHENTICATION_FAILED -> 403;
      case UNKNOWN_TABLE, UNKNOWN_DATABASE -> 404;
      case NOT_IMPLEMENTED -> 501;
      case TOO_MANY_SIMULTANEOUS_QUERIES -> 503;
      default -> 500;
    };
  }
}
