package io.tollgate.governance.store;

import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Endpoint;
import io.tollgate.http.Guard;
import io.tollgate.http.Origin;
import io.tollgate.http.Refusal;
import io.tollgate.schemas.InvalidInput;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Lets a client repeat a POST whose answer it did not get. Sent with the same {@code
 * Idempotency-Key} by the same caller within a day, the same request is carried out once and
 * answered the same each time; another request with that key is refused.
 *
 * <p>The key is claimed in the transaction of the change it belongs to, so that no crash makes two
 * of one. The answer is kept after that commit: if that failed, a repetition is told that the
 * request was carried out and its answer is lost. What was refused leaves nothing behind.
 */
public final class Idempotency {
  static final Duration KEPT = Duration.ofDays(1);
  private static final String HEADER = "Idempotency-Key";
  private static final String REPLAYED = "Idempotent-Replayed";
  private static final int LONGEST = 255;

  /** Rows thrown away with each new one, so that the table does not outgrow a day. */
  private static final int SWEPT = 10;

  private static final ScopedValue<Attempt> CURRENT = ScopedValue.newInstance();

  private final Database database;
  private final InstantSource clock;
  private final RandomGenerator random;

  /**
   * @param random cryptographically strong
   */
  public Idempotency(Database database, InstantSource clock, RandomGenerator random) {
    this.database = database;
    this.clock = clock;
    this.random = random;
  }

  /** One request with a key. */
  private static final class Attempt {
    private final String caller;
    private final String key;
    private final String request;
    private boolean claimed;

    Attempt(String caller, String key, String request) {
      this.caller = caller;
      this.key = key;
      this.request = request;
    }
  }

  /** What is known of a key. */
  private record Kept(
      String request,
      @Nullable Integer status,
      byte @Nullable [] answer,
      Map<String, String> headers) {}

  /** An endpoint that carries out each request with a key once. */
  public Endpoint once(Endpoint endpoint) {
    return call -> {
      Optional<String> key = call.header(HEADER);
      return key.isEmpty() ? endpoint.answer(call) : answer(call, check(key.get()), endpoint);
    };
  }

  private static String check(String key) {
    InvalidInput.unless(
        !key.isEmpty()
            && key.length() <= LONGEST
            && key.chars().allMatch(letter -> letter > ' ' && letter < 0x7f),
        HEADER,
        key,
        "must be 1 to " + LONGEST + " printable ASCII characters without spaces");
    return key;
  }

  private Answer answer(Call call, String key, Endpoint endpoint) {
    Attempt attempt = new Attempt(call.caller().id(), key, digest(call));
    SealedAnswer sealed = SealedAnswer.by(call.header("Authorization").orElse(""), key);
    Instant oldest = clock.instant().minus(KEPT);
    Optional<Kept> kept = database.read(handle -> find(handle, attempt, oldest));
    if (kept.isPresent()) {
      return replay(kept.get(), attempt, sealed);
    }
    Answer answer = ScopedValue.where(CURRENT, attempt).call(() -> endpoint.answer(call));
    if (attempt.claimed) {
      byte[] body = sealed.seal(answer.body(), random);
      database.write(handle -> keep(handle, attempt, answer, body));
    }
    return answer;
  }

  private static Answer replay(Kept kept, Attempt attempt, SealedAnswer sealed) {
    if (!kept.request().equals(attempt.request)) {
      throw Refusal.conflict(HEADER, attempt.key, "was used for another request");
    }
    if (kept.status() == null || kept.answer() == null) {
      throw Refusal.conflict(
          HEADER,
          attempt.key,
          "belongs to a request that was carried out or still is; its answer is not there");
    }
    Optional<byte[]> body = sealed.open(kept.answer());
    Map<String, String> headers = new HashMap<>(kept.headers());
    headers.put(REPLAYED, "true");
    return new Answer(
        kept.status(),
        "application/json",
        body.orElseThrow(
            () ->
                Refusal.conflict(
                    HEADER, attempt.key, "can be answered only to the secret it was used with")),
        headers);
  }

  /**
   * Claims the key of the request under way, if it has one; the first change of a request does.
   *
   * @throws Refusal 409 if another request with the same key was quicker
   */
  static void claim(Handle handle, Instant now) {
    if (!CURRENT.isBound() || CURRENT.get().claimed) {
      return;
    }
    Attempt attempt = CURRENT.get();
    handle
        .createUpdate(
            "DELETE FROM idempotency_keys WHERE (caller, key) IN (SELECT caller, key FROM"
                + " idempotency_keys WHERE created_at < :oldest ORDER BY created_at LIMIT :most"
                + " FOR UPDATE SKIP LOCKED)")
        .bind("oldest", now.minus(KEPT))
        .bind("most", SWEPT)
        .execute();
    int claimed =
        handle
            .createUpdate(
                "INSERT INTO idempotency_keys AS k (caller, key, request, created_at)"
                    + " VALUES (:caller, :key, :request, :now)"
                    + " ON CONFLICT (caller, key) DO UPDATE SET request = :request,"
                    + " created_at = :now, status = NULL, answer = NULL, headers = NULL"
                    + " WHERE k.created_at < :oldest")
            .bind("caller", attempt.caller)
            .bind("key", attempt.key)
            .bind("request", attempt.request)
            .bind("now", now)
            .bind("oldest", now.minus(KEPT))
            .execute();
    if (claimed == 0) {
      throw Refusal.conflict(
          HEADER, attempt.key, "is in use by another request; ask again for its answer");
    }
  }

  /** The transaction that claimed the key was committed. */
  static void committed() {
    if (CURRENT.isBound()) {
      CURRENT.get().claimed = true;
    }
  }

  private static Optional<Kept> find(Handle handle, Attempt attempt, Instant oldest) {
    return handle
        .createQuery(
            "SELECT request, status, answer, headers FROM idempotency_keys"
                + " WHERE caller = :caller AND key = :key AND created_at >= :oldest")
        .bind("caller", attempt.caller)
        .bind("key", attempt.key)
        .bind("oldest", oldest)
        .map(
            (row, context) ->
                new Kept(
                    row.getString("request"),
                    row.getObject("status", Integer.class),
                    row.getBytes("answer"),
                    headers(row.getString("headers"))))
        .findOne();
  }

  private static boolean keep(Handle handle, Attempt attempt, Answer answer, byte[] sealed) {
    return handle
            .createUpdate(
                "UPDATE idempotency_keys SET status = :status, answer = :answer,"
                    + " headers = :headers"
                    + " WHERE caller = :caller AND key = :key AND request = :request")
            .bind("status", answer.status())
            .bind("answer", sealed)
            .bind("headers", lines(answer.headers()))
            .bind("caller", attempt.caller)
            .bind("key", attempt.key)
            .bind("request", attempt.request)
            .execute()
        == 1;
  }

  /** A line per header; no header of ours has a secret or a line break in it. */
  private static String lines(Map<String, String> headers) {
    return headers.entrySet().stream()
        .map(header -> header.getKey() + ": " + header.getValue())
        .collect(Collectors.joining("\n"));
  }

  private static Map<String, String> headers(@Nullable String lines) {
    Map<String, String> headers = new HashMap<>();
    Optional.ofNullable(lines).stream()
        .flatMap(String::lines)
        .map(line -> line.split(": ", 2))
        .forEach(header -> headers.put(header[0], header[1]));
    return headers;
  }

  /** What makes two requests the same: method, path, query, organization and body. */
  private static String digest(Call call) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      String line =
          String.join(
              "\n",
              Origin.current().map(Origin::route).orElse(""),
              call.target(),
              call.header(Guard.ORGANIZATION_HEADER).orElse(""),
              "");
      digest.update(line.getBytes(StandardCharsets.UTF_8));
      digest.update(call.body());
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
