package io.tollgate.governance.notify;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends webhooks as Standard Webhooks 1.0 says, one request each. Follows no redirects, keeps no
 * cookies, uses no proxy, and trusts nothing of the answer: its head, its body and its time are
 * bounded. The status decides; a body that breaks off takes nothing back.
 */
final class WebhookSender implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WebhookSender.class);
  static final int MOST_BODY_BYTES = 16 * 1024;
  static final int MOST_KEPT_CHARACTERS = 1_024;
  private static final int MOST_HEADERS = 100;
  private static final int MOST_LINE = 8 * 1024;
  private static final int HUNDREDS = 100;
  private static final int SUCCESS = 2;
  private static final int REDIRECTION = 3;
  private static final int GONE = 410;

  private final CheckedNames names;
  private final Duration bound;
  private final InstantSource clock;
  private final CloseableHttpClient client;
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("notify-deadlines").factory());

  /**
   * What is sent.
   *
   * @param id the same for every attempt, so that a receiver can tell repetitions
   * @param secrets each signs; more than one while a secret is being replaced
   */
  @SuppressWarnings("ArrayRecordComponent") // sent, never compared
  record Webhook(String id, URI url, byte[] body, List<SigningSecret> secrets) {
    Webhook {
      secrets = List.copyOf(secrets);
    }
  }

  /**
   * @param most connections at once
   */
  WebhookSender(
      NotifySettings settings, CheckedNames.Lookup lookup, InstantSource clock, int most) {
    Timeout answer = Timeout.of(settings.pace().answer());
    this.names =
        new CheckedNames(
            new AddressRules(settings.allowPrivate()), lookup, settings.pace().connect());
    this.bound = settings.pace().answer();
    this.clock = clock;
    this.client =
        HttpClients.custom()
            .setConnectionManager(
                PoolingHttpClientConnectionManagerBuilder.create()
                    .setDnsResolver(names)
                    .setMaxConnTotal(most)
                    .setMaxConnPerRoute(most)
                    .setDefaultConnectionConfig(
                        ConnectionConfig.custom()
                            .setConnectTimeout(Timeout.of(settings.pace().connect()))
                            .setSocketTimeout(answer)
                            .build())
                    .setConnectionFactory(
                        ManagedHttpClientConnectionFactory.builder()
                            .http1Config(
                                Http1Config.custom()
                                    .setMaxHeaderCount(MOST_HEADERS)
                                    .setMaxLineLength(MOST_LINE)
                                    .build())
                            .build())
                    .build())
            .setDefaultRequestConfig(
                RequestConfig.custom()
                    .setConnectionRequestTimeout(answer)
                    .setResponseTimeout(answer)
                    .setProtocolUpgradeEnabled(false)
                    .build())
            // Every attempt asks for the name again and is judged again.
            .setConnectionReuseStrategy((request, response, context) -> false)
            .disableRedirectHandling()
            .disableAutomaticRetries()
            .disableCookieManagement()
            .disableAuthCaching()
            .disableContentCompression()
            .setUserAgent("Tollgate-Webhooks/1")
            .build();
  }

  /** Sends it once; never throws for what the other side or the network does. */
  Attempt send(Webhook webhook) {
    Instant at = clock.instant();
    long begin = System.nanoTime();
    HttpPost request = request(webhook, at);
    AtomicBoolean late = new AtomicBoolean();
    ScheduledFuture<?> deadline =
        watch.schedule(
            () -> {
              late.set(true);
              request.cancel();
            },
            bound.toMillis(),
            TimeUnit.MILLISECONDS);
    try {
      ClassicHttpResponse response =
          client.executeOpen(HttpHost.create(webhook.url()), request, HttpCoreContext.create());
      try {
        return answered(response, at, begin);
      } finally {
        // Closing alone would first read the rest of the body, however long that is.
        request.cancel();
        close(response);
      }
    } catch (IOException | RuntimeException e) {
      return failed(e, late.get(), at, since(begin));
    } finally {
      deadline.cancel(false);
    }
  }

  private static void close(ClassicHttpResponse response) {
    try {
      response.close();
    } catch (IOException e) {
      LOG.debug("an answer that was cut off does not close cleanly", e);
    }
  }

  private static HttpPost request(Webhook webhook, Instant at) {
    HttpPost request = new HttpPost(webhook.url());
    request.setHeader("webhook-id", webhook.id());
    request.setHeader("webhook-timestamp", Long.toString(at.getEpochSecond()));
    request.setHeader(
        "webhook-signature",
        webhook.secrets().stream()
            .map(secret -> secret.sign(webhook.id(), at, webhook.body()))
            .collect(Collectors.joining(" ")));
    request.setEntity(new ByteArrayEntity(webhook.body(), ContentType.APPLICATION_JSON));
    return request;
  }

  private Attempt answered(ClassicHttpResponse response, Instant at, long begin) {
    int status = response.getCode();
    String firstBytes = firstBytes(response.getEntity());
    Duration took = since(begin);
    if (status / HUNDREDS == SUCCESS) {
      return new Attempt(
          at, took, Attempt.Outcome.DELIVERED, status, null, firstBytes, Optional.empty());
    }
    boolean redirected = status / HUNDREDS == REDIRECTION;
    Attempt.Outcome outcome =
        redirected
            ? Attempt.Outcome.REDIRECTED
            : status == GONE ? Attempt.Outcome.GONE : Attempt.Outcome.REFUSED;
    String error =
        redirected
            ? "the receiver redirects, which is not followed; set the channel's url to where it"
                + " really is"
            : "the receiver answered with status " + status;
    return new Attempt(at, took, outcome, status, error, firstBytes, retryAfter(response));
  }

  /** A body that breaks off or takes too long ends where it does. */
  private static @Nullable String firstBytes(@Nullable HttpEntity entity) {
    if (entity == null) {
      return null;
    }
    byte[] read = new byte[MOST_BODY_BYTES];
    int length = 0;
    try {
      InputStream in = entity.getContent();
      int more = in.read(read, 0, read.length);
      while (more > 0) {
        length += more;
        more = length == read.length ? 0 : in.read(read, length, read.length - length);
      }
    } catch (IOException e) {
      return shown(read, length) + " (the answer broke off)";
    }
    return shown(read, length);
  }

  /** As text that a table and a terminal bear, whatever it is. */
  private static String shown(byte[] body, int length) {
    String text = new String(body, 0, length, StandardCharsets.UTF_8);
    StringBuilder shown = new StringBuilder();
    text.codePoints()
        .limit(MOST_KEPT_CHARACTERS)
        .map(c -> Character.isISOControl(c) || !Character.isDefined(c) ? ' ' : c)
        .map(c -> Character.getType(c) == Character.SURROGATE ? '\uFFFD' : c)
        .forEach(shown::appendCodePoint);
    return shown.toString();
  }

  /** In seconds or as a date of HTTP; what is neither is no wish. */
  private Optional<Duration> retryAfter(ClassicHttpResponse response) {
    Header header = response.getFirstHeader("Retry-After");
    if (header == null || header.getValue() == null) {
      return Optional.empty();
    }
    String value = header.getValue().strip();
    if (value.matches("[0-9]{1,9}")) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
    }
    try {
      Instant until = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration wait = Duration.between(clock.instant(), until);
      return wait.isNegative() ? Optional.empty() : Optional.of(wait);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private Attempt failed(Exception failure, boolean outOfTime, Instant at, Duration took) {
    if (failure instanceof AddressNotAllowed) {
      return Attempt.without(
          at, took, Attempt.Outcome.NOT_ALLOWED, String.valueOf(failure.getMessage()));
    }
    if (outOfTime || failure instanceof InterruptedIOException) {
      return Attempt.without(
          at, took, Attempt.Outcome.TIMED_OUT, "no answer within " + bound.toMillis() + " ms");
    }
    return Attempt.without(at, took, Attempt.Outcome.BROKEN, shown(failure));
  }

  /** What a failure says may repeat what the other side sent. */
  private static String shown(Exception failure) {
    byte[] message = String.valueOf(failure.getMessage()).getBytes(StandardCharsets.UTF_8);
    return failure.getClass().getSimpleName() + ": " + shown(message, message.length);
  }

  private static Duration since(long begin) {
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  @Override
  public void close() {
    client.close(CloseMode.IMMEDIATE);
    names.close();
    watch.shutdownNow();
  }
}
