package io.tollgate.ingest;

import io.tollgate.http.Answer;
import io.tollgate.http.StrictJson;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Answers in {@code application/problem+json} (RFC 9457). */
final class Problem {
  private static final String CONTENT_TYPE = "application/problem+json";

  private Problem() {}

  /** A body that breaks a rule. */
  static Answer of(RefusedBody refused) {
    Map<String, Object> body =
        head(code(refused.kind()), refused.kind().status(), refused.detail());
    body.put("field", refused.field());
    body.put("value", refused.value());
    body.put("rule", refused.rule());
    refused.index().ifPresent(index -> body.put("index", index));
    return answer(refused.kind().status(), body, Map.of());
  }

  /** Events that were not all acknowledged; the same body may be sent again. */
  static Answer notAcknowledged(
      int acknowledged, int events, PublishFailed failed, Duration retryAfter) {
    String detail =
        acknowledged
            + " of "
            + events
            + " events are acknowledged; send the same body again: what is there already is counted"
            + " as a duplicate. "
            + failed.getMessage();
    Map<String, Object> body = head("not_acknowledged", 503, detail);
    body.put("acknowledged", acknowledged);
    body.put("events", events);
    return answer(503, body, Map.of("Retry-After", Long.toString(retryAfter.toSeconds())));
  }

  private static Map<String, Object> head(String code, int status, String detail) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("type", "urn:tollgate:problem:" + code);
    body.put("title", code.replace('_', ' '));
    body.put("status", status);
    body.put("detail", detail);
    return body;
  }

  private static String code(RefusedBody.Kind kind) {
    return switch (kind) {
      case MALFORMED -> "malformed_body";
      case FOREIGN -> "permission_denied";
      case TOO_LARGE -> "payload_too_large";
      case MEDIA_TYPE -> "unsupported_media_type";
      case INVALID -> "invalid_value";
    };
  }

  private static Answer answer(int status, Map<String, Object> body, Map<String, String> headers) {
    return new Answer(status, CONTENT_TYPE, StrictJson.write(body), headers);
  }
}
