package io.tollgate.governance.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sends to a receiver that misbehaves in every way known, over real sockets. */
class WebhookSenderIT {
  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
  private static final byte[] BODY = "{\"type\":\"test\"}".getBytes(StandardCharsets.UTF_8);
  private static final Duration ANSWER = Duration.ofSeconds(1);
  private static final NotifySettings.Pace PACE =
      new NotifySettings.Pace(
          RetrySchedule.STANDARD,
          Duration.ofMillis(500),
          ANSWER,
          Duration.ofSeconds(60),
          Duration.ofMillis(500));

  private final SigningSecret secret = SigningSecret.make(new Random(1));
  private final SigningSecret older = SigningSecret.make(new Random(2));
  private Receiver receiver;

  @BeforeEach
  void open() throws Exception {
    receiver = new Receiver();
  }

  @AfterEach
  void close() throws Exception {
    receiver.close();
  }

  private Attempt send(URI url, CheckedNames.Lookup lookup, String... allowed) {
    NotifySettings settings =
        new NotifySettings(List.of(allowed).stream().map(AddressRange::of).toList(), true, PACE);
    try (WebhookSender sender = new WebhookSender(settings, lookup, InstantSource.fixed(NOW), 4)) {
      return sender.send(new WebhookSender.Webhook("msg_1", url, BODY, List.of(secret, older)));
    }
  }

  private Attempt send(String path) {
    return send(receiver.url(path), InetAddress::getAllByName, "127.0.0.0/8");
  }

  private Attempt sendTo(String path, Receiver.Behaviour behaviour) {
    receiver.on(path, behaviour);
    return send(path);
  }

  @Test
  void signsWithEverySecretInForce() {
    Attempt attempt = send("/ok?a=b");

    assertThat(attempt.outcome()).isEqualTo(Attempt.Outcome.DELIVERED);
    assertThat(attempt.status()).isEqualTo(204);
    assertThat(attempt.error()).isNull();
    assertThat(receiver.got("/ok?a=b")).hasSize(1);
    Receiver.Got got = receiver.got("/ok?a=b").getFirst();
    assertThat(got.body()).isEqualTo("{\"type\":\"test\"}");
    assertThat(got.header("content-type")).startsWith("application/json");
    assertThat(got.header("webhook-id")).isEqualTo("msg_1");
    assertThat(got.header("webhook-timestamp")).isEqualTo("1780315200");
    assertThat(got.header("webhook-signature"))
        .isEqualTo(secret.sign("msg_1", NOW, BODY) + " " + older.sign("msg_1", NOW, BODY));
    assertThat(got.header("host")).isEqualTo("127.0.0.1:" + receiver.port());
  }

  @Test
  void tellsOfARefusal() {
    Attempt busy =
        sendTo(
            "/busy",
            Receiver.says(
                "HTTP/1.1 503 No\r\nRetry-After: 120\r\nContent-Length: 9\r\n\r\nlater\0\u001b[1"));
    Attempt dated =
        sendTo(
            "/dated",
            Receiver.says("HTTP/1.1 429 No\r\nRetry-After: Mon, 01 Jun 2026 12:01:00 GMT\r\n\r\n"));

    assertThat(busy.outcome()).isEqualTo(Attempt.Outcome.REFUSED);
    assertThat(busy.status()).isEqualTo(503);
    assertThat(busy.retryAfter()).contains(Duration.ofSeconds(120));
    assertThat(busy.firstBytes()).isEqualTo("later  [1");
    assertThat(dated.retryAfter()).contains(Duration.ofSeconds(60));
    assertThat(sendTo("/gone", Receiver.status(410)).outcome()).isEqualTo(Attempt.Outcome.GONE);
    assertThat(sendTo("/no", Receiver.status(404)).retryAfter()).isEqualTo(Optional.empty());
  }

  @Test
  void followsNoRedirect() throws Exception {
    receiver.on(
        "/private",
        Receiver.says(
            "HTTP/1.1 307 Over there\r\nLocation: " + receiver.url("/inside") + "\r\n\r\n"));
    receiver.on(
        "/metadata",
        Receiver.says("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\n\r\n"));

    assertThat(send("/private").outcome()).isEqualTo(Attempt.Outcome.REDIRECTED);
    assertThat(send("/metadata").outcome()).isEqualTo(Attempt.Outcome.REDIRECTED);
    assertThat(receiver.got("/inside")).isEmpty();
  }

  @Test
  void givesUpOnWhatTakesTooLong() {
    assertTimedOut(sendTo("/hang", Receiver.hangs()));
    assertTimedOut(sendTo("/drip-head", Receiver.drips("HTTP/1.1 200 OK\r\nX: ", "x")));
    assertTimedOut(sendTo("/drip-headers", Receiver.drips("HTTP/1.1 200 OK\r\n", "A: b\r\n")));
    assertTimedOut(sendTo("/continue", Receiver.drips("", "HTTP/1.1 100 Continue\r\n\r\n")));
  }

  private static void assertTimedOut(Attempt attempt) {
    assertThat(attempt.outcome()).isEqualTo(Attempt.Outcome.TIMED_OUT);
    assertThat(attempt.took()).isBetween(ANSWER.minusMillis(200), ANSWER.plusSeconds(2));
  }

  @Test
  void takesTheStatusForTheAnswerWhateverTheBodyDoes() {
    Attempt dripping =
        sendTo("/drip", Receiver.drips("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", "x"));
    Attempt endless =
        sendTo(
            "/endless",
            (out, closing) -> {
              out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
              byte[] noise = new byte[64 * 1024];
              while (closing.getCount() > 0) {
                out.write(noise);
              }
            });
    Attempt midway =
        sendTo(
            "/midway", Receiver.says("HTTP/1.1 500 Oh\r\nContent-Length: 100\r\n\r\nhalf an ans"));

    assertThat(dripping.outcome()).isEqualTo(Attempt.Outcome.DELIVERED);
    assertThat(dripping.took()).isLessThan(ANSWER.plusSeconds(2));
    assertThat(endless.outcome()).isEqualTo(Attempt.Outcome.DELIVERED);
    assertThat(endless.took()).isLessThan(ANSWER);
    assertThat(endless.firstBytes()).hasSize(WebhookSender.MOST_KEPT_CHARACTERS);
    assertThat(midway.status()).isEqualTo(500);
    assertThat(midway.firstBytes()).startsWith("half an ans").endsWith("(the answer broke off)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 2",
        "SSH-2.0-OpenSSH_9.9\r\n",
        "\0\1\2\3\4",
        "HTTP/1.1 abc Nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: minus one\r\n\r\n"
      })
  void survivesGarbage(String answer) {
    Attempt attempt = sendTo("/garbage", Receiver.says(answer));

    assertThat(attempt.outcome()).isEqualTo(Attempt.Outcome.BROKEN);
    assertThat(attempt.error()).isNotBlank();
  }

  @Test
  void boundsTheHeadOfAnAnswer() {
    String line = "HTTP/1.1 200 OK\r\nX: " + "x".repeat(20_000) + "\r\n\r\n";
    String many = "HTTP/1.1 200 OK\r\n" + "A: b\r\n".repeat(200) + "\r\n";

    assertThat(sendTo("/line", Receiver.says(line)).outcome()).isEqualTo(Attempt.Outcome.BROKEN);
    assertThat(sendTo("/many", Receiver.says(many)).outcome()).isEqualTo(Attempt.Outcome.BROKEN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "localhost", "2130706433", "[::1]", "0.0.0.0"})
  void reachesNothingInside(String host) {
    URI url = URI.create("http://" + host + ":" + receiver.port() + "/inside");

    Attempt attempt = send(url, InetAddress::getAllByName);

    assertThat(attempt.outcome()).isEqualTo(Attempt.Outcome.NOT_ALLOWED);
    assertThat(attempt.error()).contains("is not a public address");
    assertThat(receiver.got("/inside")).isEmpty();
  }

  /** A name that has an allowed address when it is judged, and another one right after. */
  @Test
  void asksForANameOnceAndConnectsToWhatWasJudged() {
    AtomicInteger asked = new AtomicInteger();
    CheckedNames.Lookup rebinding =
        name ->
            new InetAddress[] {
              InetAddress.ofLiteral(asked.getAndIncrement() == 0 ? "127.0.0.2" : "127.0.0.1")
            };
    URI url = URI.create("http://rebind.example:" + receiver.port() + "/inside");

    Attempt attempt = send(url, rebinding, "127.0.0.2/32");

    assertThat(attempt.outcome())
        .as("nobody listens at what was judged")
        .isEqualTo(Attempt.Outcome.BROKEN);
    assertThat(asked).hasValue(1);
    assertThat(send(url, rebinding, "127.0.0.2/32").outcome())
        .isEqualTo(Attempt.Outcome.NOT_ALLOWED);
    assertThat(receiver.got("/inside")).isEmpty();
  }

  @Test
  void keepsTheNameWhenItConnectsToTheAddress() {
    CheckedNames.Lookup mixed =
        name ->
            new InetAddress[] {
              InetAddress.ofLiteral("10.0.0.1"), InetAddress.ofLiteral("127.0.0.1")
            };

    Attempt attempt =
        send(
            URI.create("http://hooks.example:" + receiver.port() + "/named"),
            mixed,
            "127.0.0.1/32");

    assertThat(attempt.outcome()).isEqualTo(Attempt.Outcome.DELIVERED);
    assertThat(receiver.got("/named").getFirst().header("host"))
        .isEqualTo("hooks.example:" + receiver.port());
  }

  @Test
  void waitsForANameOnlySoLong() {
    CountDownLatch never = new CountDownLatch(1);
    Attempt attempt =
        send(
            URI.create("http://slow.example/"),
            name -> {
              try {
                never.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return new InetAddress[0];
            });

    assertThat(attempt.outcome()).isEqualTo(Attempt.Outcome.BROKEN);
    assertThat(attempt.error()).contains("slow.example was not resolved");
    assertThat(attempt.took()).isLessThan(ANSWER);
  }

  @Test
  void wantsTrustOfWhatSpeaksTls() {
    URI plain = URI.create("https://127.0.0.1:" + receiver.port() + "/");

    Attempt attempt = send(plain, InetAddress::getAllByName, "127.0.0.0/8");

    assertThat(attempt.outcome()).isNotEqualTo(Attempt.Outcome.DELIVERED);
  }
}
