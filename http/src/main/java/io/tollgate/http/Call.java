package io.tollgate.http;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A request that its route's guard has let through. */
public final class Call {
  private final ServerRequest request;
  private final Guard.Grant grant;
  private final QueryParameters query;
  private final int mostBodyBytes;
  private byte @Nullable [] body;

  Call(ServerRequest request, Guard.Grant grant, QueryParameters query, int mostBodyBytes) {
    this.request = request;
    this.grant = grant;
    this.query = query;
    this.mostBodyBytes = mostBodyBytes;
  }

  public Caller caller() {
    return grant.caller();
  }

  /** The organization the request is about; only on routes whose guard settles one. */
  public OrganizationId organization() {
    return grant
        .organization()
        .orElseThrow(
            () -> new IllegalStateException("the guard of this route settles no organization"));
  }

  /** What the caller may in that organization; only on routes whose guard settles one. */
  public Access access() {
    return grant
        .access()
        .orElseThrow(
            () -> new IllegalStateException("the guard of this route settles no organization"));
  }

  /** Where it comes from: the peer, or what a trusted proxy says. An IP address as text. */
  public String address() {
    return Origin.CURRENT.get().address();
  }

  public QueryParameters query() {
    return query;
  }

  /** A parameter of the path, checked by the constructor of its type. */
  public <T> T path(String name, Function<String, T> type) {
    return type.apply(request.path().pathParameters().get(name));
  }

  /** Path and query as sent. */
  public String target() {
    String query = request.query().rawValue();
    return request.path().rawPath() + (query.isEmpty() ? "" : "?" + query);
  }

  public Optional<String> header(String name) {
    return request.headers().first(HeaderNames.create(name));
  }

  /** The media type of the body in lower case without parameters; empty if not said. */
  public String contentType() {
    return header("Content-Type")
        .map(value -> value.split(";", 2)[0].strip().toLowerCase(Locale.ROOT))
        .orElse("");
  }

  /**
   * The body, at most as many bytes as the listener takes.
   *
   * @throws Refusal 413 for a longer one
   */
  public byte[] body() {
    return body(mostBodyBytes);
  }

  /** The body under a tighter bound than the listener's. It can be asked for again. */
  public byte[] body(int mostBytes) {
    int most = Math.min(mostBytes, mostBodyBytes);
    if (body == null) {
      body = read(most);
    }
    if (body.length > most) {
      throw Refusal.payloadTooLarge(most);
    }
    return body;
  }

  /** What was read of the body; empty if nothing was. */
  byte[] read() {
    return body == null ? new byte[0] : body;
  }

  private byte[] read(int most) {
    if (request.headers().contentLength().orElse(0) > most) {
      throw Refusal.payloadTooLarge(most);
    }
    if (!request.content().hasEntity()) {
      return new byte[0];
    }
    try (InputStream in = request.content().inputStream()) {
      byte[] read = in.readNBytes(most);
      if (read.length == most && in.read() >= 0) {
        throw Refusal.payloadTooLarge(most);
      }
      return read;
    } catch (IOException e) {
      throw new UncheckedIOException("the caller's body broke off", e);
    }
  }

  /**
   * The body as {@link #json} has it; empty if there is none.
   *
   * @throws InvalidInput naming field, value and rule
   * @throws Refusal 415 if the body is declared as something else
   */
  public <T> Optional<T> jsonIfAny(Class<T> type) {
    return body().length == 0 ? Optional.empty() : Optional.of(json(type));
  }

  /**
   * The body as strict JSON.
   *
   * @throws InvalidInput naming field, value and rule
   * @throws Refusal 415 if the body is declared as something else
   */
  public <T> T json(Class<T> type) {
    String contentType = contentType();
    if (!contentType.isEmpty() && !contentType.equals(Answer.JSON)) {
      throw Refusal.unsupportedMediaType(contentType, Answer.JSON);
    }
    byte[] body = body();
    InvalidInput.unless(body.length > 0, "body", "", "must be a JSON object");
    return StrictJson.read(body, type);
  }
}
