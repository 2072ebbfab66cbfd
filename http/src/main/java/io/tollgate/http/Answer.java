package io.tollgate.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a route answers.
 *
 * @param headers further headers beside the content type
 * @param stream writes the body piece by piece instead, for one that has no bound
 */
@SuppressWarnings("ArrayRecordComponent") // answers are written, never compared
public record Answer(
    int status,
    String contentType,
    byte[] body,
    Map<String, String> headers,
    Optional<Stream> stream) {
  static final String JSON = "application/json";

  /** Writes a body while it is sent. What it throws breaks the answer off. */
  @FunctionalInterface
  public interface Stream {
    void writeTo(OutputStream out) throws IOException;
  }

  public Answer {
    headers = Map.copyOf(headers);
  }

  public Answer(int status, String contentType, byte[] body, Map<String, String> headers) {
    this(status, contentType, body, headers, Optional.empty());
  }

  /** 200 with a body that is written while it is sent. */
  public static Answer streamed(String contentType, Stream stream) {
    return new Answer(200, contentType, new byte[0], Map.of(), Optional.of(stream));
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
