package io.tollgate.http;

import io.tollgate.schemas.InvalidInput;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns what went wrong into an answer: OpenAI's error object, or a problem document (RFC 9457)
 * under {@code /v1/events}, where gateways expect that.
 */
final class ErrorBodies {
  static final String PROBLEM = "application/problem+json";

  /** What refusals and failures are told in, by the names of shapes. */
  static final NotedContent CONTENT =
      new NotedContent(
          Map.of(
              Answer.JSON,
              ShapeNotation.reference("error"),
              PROBLEM,
              ShapeNotation.reference("problem")));

  private static final Logger LOG = LoggerFactory.getLogger(ErrorBodies.class);
  private static final String INVALID = "invalid_value";
  private static final String BROKEN = "internal_error";
  private static final int MOST_TOLD_BACK = 256;
  private static final String INTAKE = "/v1/events";

  private ErrorBodies() {}

  /** The code that the answer to a failure has. */
  static String code(Throwable failure) {
    return switch (failure) {
      case InvalidInput e -> INVALID;
      case Refusal e -> e.reason().code();
      default -> BROKEN;
    };
  }

  static Answer of(String path, Throwable failure) {
    return switch (failure) {
      case InvalidInput e ->
          body(
              path,
              400,
              INVALID,
              e.rule(),
              Optional.of(e.field()),
              Optional.of(e.value()),
              Map.of());
      case Refusal e ->
          body(
              path,
              e.reason().status(),
              e.reason().code(),
              e.detail(),
              e.field(),
              e.value(),
              headers(e));
      default -> unexpected(path, failure);
    };
  }

  /** For what never reached a route: a malformed request line, a bad header. */
  static Answer transport(String path, int status, String detail) {
    String code = status == 413 ? Refusal.Reason.PAYLOAD_TOO_LARGE.code() : "bad_request";
    return body(path, status, code, detail, Optional.empty(), Optional.empty(), Map.of());
  }

  private static Answer unexpected(String path, Throwable failure) {
    String errorId = UUID.randomUUID().toString();
    LOG.error("error {} on {}", errorId, path, failure);
    return body(
        path,
        500,
        BROKEN,
        "something is broken on our side; the log has it under the error id " + errorId,
        Optional.empty(),
        Optional.empty(),
        Map.of());
  }

  /** For what a route takes or answers besides what the served document says. */
  static Answer undocumented(String path, String what) {
    LOG.error("{}", what);
    return body(path, 500, BROKEN, what, Optional.empty(), Optional.empty(), Map.of());
  }

  private static Map<String, String> headers(Refusal refusal) {
    return switch (refusal.reason()) {
      case UNAUTHORIZED -> Map.of("WWW-Authenticate", "Bearer realm=\"tollgate\"");
      case TOO_MANY, TOO_BUSY ->
          Map.of("Retry-After", Long.toString(Math.max(1, refusal.retryAfter().toSeconds())));
      // What was not read of the body would have to be read to use the connection again.
      case PAYLOAD_TOO_LARGE -> Map.of("Connection", "close");
      case FORBIDDEN,
          NOT_FOUND,
          METHOD_NOT_ALLOWED,
          CONFLICT,
          GONE,
          PRECONDITION_FAILED,
          UNSUPPORTED_MEDIA_TYPE ->
          Map.of();
    };
  }

  private static Answer body(
      String path,
      int status,
      String code,
      String detail,
      Optional<String> field,
      Optional<String> value,
      Map<String, String> headers) {
    boolean intake = path.equals(INTAKE) || path.startsWith(INTAKE + "/");
    Optional<String> told = shortened(value);
    Map<String, Object> body =
        intake
            ? problem(status, code, detail, field, told)
            : error(status, code, detail, field, told);
    return new Answer(status, intake ? PROBLEM : Answer.JSON, StrictJson.write(body), headers);
  }

  private static Map<String, Object> problem(
      int status, String code, String detail, Optional<String> field, Optional<String> value) {
    Map<String, Object> problem = new LinkedHashMap<>();
    problem.put("type", "urn:tollgate:problem:" + code);
    problem.put("title", code.replace('_', ' '));
    problem.put("status", status);
    problem.put("detail", message(detail, field, value));
    field.ifPresent(
        name -> {
          problem.put("field", name);
          problem.put("value", value.orElse(""));
          problem.put("rule", detail);
        });
    return problem;
  }

  private static Map<String, Object> error(
      int status, String code, String detail, Optional<String> field, Optional<String> value) {
    Map<String, Object> error = new LinkedHashMap<>();
    error.put("message", message(detail, field, value));
    error.put("type", status >= 500 ? "server_error" : "invalid_request_error");
    error.put("param", field.orElse(null));
    error.put("code", code);
    return Map.of("error", error);
  }

  private static String message(String detail, Optional<String> field, Optional<String> value) {
    return field.map(name -> name + " = \"" + value.orElse("") + "\": " + detail).orElse(detail);
  }

  /** What was sent is told back as far as it takes to recognize it. */
  private static Optional<String> shortened(Optional<String> value) {
    return value.map(
        text ->
            text.length() <= MOST_TOLD_BACK
                ? text
                : text.substring(0, text.offsetByCodePoints(0, MOST_TOLD_BACK / 2)) + "\u2026");
  }
}
