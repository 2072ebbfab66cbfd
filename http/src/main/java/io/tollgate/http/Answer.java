package io.tollgate.http;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * What a route answers.
 *
 * @param headers further headers beside the content type
 */
@SuppressWarnings("ArrayRecordComponent") // answers are written, never compared
public record Answer(int status, String contentType, byte[] body, Map<String, String> headers) {
  static final String JSON = "application/json";

  public Answer {
    headers = Map.copyOf(headers);
  }

  /** 200 with a value that {@link StrictJson} writes. */
  public static Answer ok(Object value) {
    return json(200, value);
  }

  /** 201: something new is there now. */
  public static Answer created(Object value) {
    return json(201, value);
  }

  public static Answer json(int status, Object value) {
    return new Answer(status, JSON, StrictJson.write(value), Map.of());
  }

  /** The same answer with the version of the thing it shows as a strong ETag. */
  public Answer tagged(int version) {
    Map<String, String> tagged = new HashMap<>(headers);
    tagged.put("ETag", Version.tag(version));
    return new Answer(status, contentType, body, tagged);
  }

  public static Answer text(int status, String contentType, String text) {
    return new Answer(status, contentType, text.getBytes(StandardCharsets.UTF_8), Map.of());
  }
}
