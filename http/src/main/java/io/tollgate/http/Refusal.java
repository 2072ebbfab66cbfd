package io.tollgate.http;

import java.time.Duration;
import java.util.Optional;

/**
 * A request that is answered with an error although nothing is broken here. A broken rule about a
 * field is an {@link io.tollgate.schemas.InvalidInput} instead.
 */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What was wrong, and so which status and code the caller sees. */
  public enum Reason {
    UNAUTHORIZED(401, "invalid_api_key"),
    FORBIDDEN(403, "permission_denied"),
    NOT_FOUND(404, "not_found"),
    METHOD_NOT_ALLOWED(405, "method_not_allowed"),
    CONFLICT(409, "conflict"),
    GONE(410, "gone"),
    PRECONDITION_FAILED(412, "precondition_failed"),
    PAYLOAD_TOO_LARGE(413, "payload_too_large"),
    UNSUPPORTED_MEDIA_TYPE(415, "unsupported_media_type"),
    TOO_MANY(429, "rate_limit_exceeded"),
    TOO_BUSY(503, "too_busy");

    private final int status;
    private final String code;

    Reason(int status, String code) {
      this.status = status;
      this.code = code;
    }

    public int status() {
      return status;
    }

    public String code() {
      return code;
    }
  }

  private final Reason reason;
  private final String field;
  private final String value;
  private final String detail;
  private final Duration retryAfter;

  private Refusal(Reason reason, String field, String value, String detail, Duration retryAfter) {
    super(field.isEmpty() ? detail : field + " = " + value + ": " + detail, null, false, false);
    this.reason = reason;
    this.field = field;
    this.value = value;
    this.detail = detail;
    this.retryAfter = retryAfter;
  }

  private static Refusal of(Reason reason, String detail) {
    return new Refusal(reason, "", "", detail, Duration.ZERO);
  }

  /** No secret, or one that nobody has. */
  public static Refusal unauthorized(String detail) {
    return of(Reason.UNAUTHORIZED, detail);
  }

  /** A known caller that may not do this. */
  public static Refusal forbidden(String detail) {
    return of(Reason.FORBIDDEN, detail);
  }

  /** A known caller that may not do this with a field of the request. */
  public static Refusal forbidden(String field, String value, String detail) {
    return new Refusal(Reason.FORBIDDEN, field, value, detail, Duration.ZERO);
  }

  /** Nothing there, or somebody else's: the two are told apart by nobody. */
  public static Refusal notFound(String field, String value) {
    return new Refusal(Reason.NOT_FOUND, field, value, "does not exist", Duration.ZERO);
  }

  /** It clashes with what is already there. */
  public static Refusal conflict(String field, String value, String detail) {
    return new Refusal(Reason.CONFLICT, field, value, detail, Duration.ZERO);
  }

  /** It was there, longer ago than it is kept. */
  public static Refusal gone(String field, String value, String detail) {
    return new Refusal(Reason.GONE, field, value, detail, Duration.ZERO);
  }

  /** It has changed since the caller looked: {@code If-Match} names another version. */
  public static Refusal preconditionFailed(String given, String current) {
    return new Refusal(
        Reason.PRECONDITION_FAILED,
        "If-Match",
        given,
        "is not the current version, " + current + "; read it again",
        Duration.ZERO);
  }

  /** More bytes than are taken. */
  public static Refusal payloadTooLarge(long mostBytes) {
    return of(Reason.PAYLOAD_TOO_LARGE, "the body must have at most " + mostBytes + " bytes");
  }

  /** A bounded resource is used up for now. */
  public static Refusal tooBusy(String detail, Duration retryAfter) {
    return new Refusal(Reason.TOO_BUSY, "", "", detail, retryAfter);
  }

  /** More requests than a caller may send; worth trying again after the wait. */
  static Refusal tooMany(String detail, Duration wait) {
    return new Refusal(Reason.TOO_MANY, "", "", detail, wait);
  }

  static Refusal noSuchRoute(String method, String path) {
    return of(Reason.NOT_FOUND, "there is no route " + method + " " + path);
  }

  static Refusal methodNotAllowed(String method, String path, String allowed) {
    return of(Reason.METHOD_NOT_ALLOWED, path + " does not take " + method + ", only " + allowed);
  }

  static Refusal unsupportedMediaType(String given, String wanted) {
    return new Refusal(
        Reason.UNSUPPORTED_MEDIA_TYPE, "Content-Type", given, "must be " + wanted, Duration.ZERO);
  }

  /** The same about a field that the request calls otherwise. */
  public Refusal about(String otherField) {
    return new Refusal(reason, otherField, value, detail, retryAfter);
  }

  public Reason reason() {
    return reason;
  }

  /** The field it is about, if it is about one. */
  public Optional<String> field() {
    return field.isEmpty() ? Optional.empty() : Optional.of(field);
  }

  /** The value of that field as given. */
  public Optional<String> value() {
    return field.isEmpty() ? Optional.empty() : Optional.of(value);
  }

  public String detail() {
    return detail;
  }

  /** When it is worth trying again; zero when it is not a matter of time. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
