package io.tollgate.governance.notify;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.governance.store.NewIds;
import io.tollgate.http.Health;
import io.tollgate.schemas.SchemaIds;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers alerts to channels, at least once: takes them over from their topic, leases what is due,
 * sends it and writes down what became of it. Any number of instances may run; one that is killed
 * leaves leases, which end.
 */
public final class Notifier implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Notifier.class);

  /** Of this process; of one channel and one organization see {@link DueRows}. */
  private static final int MOST_AT_ONCE = 32;

  private static final Duration SWEEP = Duration.ofSeconds(5);
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Duration IDLE = Duration.ofSeconds(10);
  private static final Duration CLOSE = Duration.ofSeconds(5);

  private final Database database;
  private final NotifySettings settings;
  private final ChannelSecrets secrets;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final NewIds ids;
  private final NotifyStep step;
  private final AlertIntake intake;
  private final WebhookSender sender;
  private final Map<Attempt.Outcome, LongAdder> outcomes = new EnumMap<>(Attempt.Outcome.class);

  /** One place is enough: however much there is, one look finds it all. */
  private final BlockingQueue<Boolean> wakes = new ArrayBlockingQueue<>(1);

  private final BlockingQueue<Sent> sent = new LinkedBlockingQueue<>(MOST_AT_ONCE);
  private final ThreadPoolExecutor senders =
      new ThreadPoolExecutor(
          MOST_AT_ONCE,
          MOST_AT_ONCE,
          IDLE.toSeconds(),
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(MOST_AT_ONCE),
          Thread.ofPlatform().daemon().name("notify-sender-", 0).factory());
  private final Thread thread = Thread.ofPlatform().name("notifier").unstarted(this::run);

  /** Leased and not yet written down; of the notifier's thread only. */
  private int underWay;

  private Instant swept = Instant.EPOCH;
  private volatile DueRows.Waiting waiting = new DueRows.Waiting(0, null);
  private volatile Health health = Health.up("deliveries are about to be looked for");
  private volatile boolean closing;

  /** What became of a lease; without an attempt nothing was sent. */
  private record Sent(DueRows.Leased leased, Optional<Attempt> attempt) {}

  private Notifier(
      Database database,
      GovernanceConfig config,
      NotifySettings settings,
      ChannelSecrets secrets,
      SchemaIds schemas,
      InstantSource clock,
      RandomGenerator random,
      NotifyStep step) {
    this.database = database;
    this.settings = settings;
    this.secrets = secrets;
    this.clock = clock;
    this.random = random;
    this.ids = new NewIds(random);
    this.step = step;
    this.sender = new WebhookSender(settings, InetAddress::getAllByName, clock, MOST_AT_ONCE);
    this.intake =
        new AlertIntake(
            database,
            config.kafka().bootstrapServers(),
            schemas,
            ids,
            clock,
            settings.pace().retries().giveUp(),
            step,
            this::wake);
    for (Attempt.Outcome outcome : Attempt.Outcome.values()) {
      outcomes.put(outcome, new LongAdder());
    }
    senders.allowCoreThreadTimeOut(true);
  }

  /**
   * Starts to take alerts over and to deliver them. Kafka need not be there yet.
   *
   * @param random cryptographically strong: leases and ids come from it
   */
  public static Notifier start(
      Database database,
      GovernanceConfig config,
      NotifySettings settings,
      ChannelSecrets secrets,
      SchemaIds schemas,
      InstantSource clock,
      RandomGenerator random,
      NotifyStep step) {
    Notifier notifier =
        new Notifier(database, config, settings, secrets, schemas, clock, random, step);
    notifier.intake.start();
    notifier.thread.start();
    return notifier;
  }

  /** Says that something is due; without it the next look is half a second away. */
  public void wake() {
    wakes.offer(Boolean.TRUE);
  }

  /** Whether alerts are taken over and deliveries made. */
  public Health health() {
    Health taking = intake.health();
    return taking.up() ? health : taking;
  }

  public void metrics(MeterRegistry meters) {
    outcomes.forEach(
        (outcome, count) ->
            FunctionCounter.builder("tollgate.notify.attempts", count, LongAdder::sum)
                .tag("outcome", outcome.wireName())
                .register(meters));
    FunctionCounter.builder("tollgate.notify.malformed", intake, AlertIntake::malformed)
        .register(meters);
    Gauge.builder("tollgate.notify.pending", () -> waiting.deliveries()).register(meters);
    Gauge.builder("tollgate.notify.oldest.pending.seconds", this::oldestSeconds).register(meters);
  }

  private long oldestSeconds() {
    Instant oldest = waiting.oldest();
    return oldest == null ? 0 : Math.max(0, Duration.between(oldest, clock.instant()).toSeconds());
  }

  private void run() {
    while (!closing) {
      try {
        writeDown();
        sweep();
        lease();
        health = Health.up("alerts are delivered");
        wakes.poll(settings.pace().look().toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        LOG.debug("the notifier was interrupted to close");
      } catch (RuntimeException e) {
        if (!closing) {
          // Anyone may read it: what is wrong in detail is for the log.
          health = Health.down("deliveries wait in the database: " + e.getClass().getSimpleName());
          LOG.warn("deliveries wait in the database, trying again: {}", e.toString());
          pause();
        }
      }
    }
  }

  private void lease() {
    int free = MOST_AT_ONCE - underWay;
    if (free == 0) {
      return;
    }
    String lease = ids.next("lease");
    List<DueRows.Leased> leased =
        database.write(
            handle -> DueRows.lease(handle, lease, clock, settings.pace().lease(), free));
    underWay += leased.size();
    if (!leased.isEmpty()) {
      step.at(NotifyStep.Place.AFTER_LEASE);
    }
    leased.forEach(one -> senders.execute(() -> send(one)));
  }

  private void send(DueRows.Leased leased) {
    Optional<Attempt> attempt = Optional.empty();
    // An attempt that could outlive its lease would be made by another at the same time.
    if (!clock.instant().plus(settings.pace().answer()).isAfter(leased.until())) {
      attempt = Optional.of(attempt(leased));
      Objects.requireNonNull(outcomes.get(attempt.get().outcome())).increment();
      step.at(NotifyStep.Place.AFTER_SENT);
    }
    // There is a place for everything that is under way.
    sent.add(new Sent(leased, attempt));
    wake();
  }

  private Attempt attempt(DueRows.Leased leased) {
    try {
      return sender.send(leased.webhook(secrets));
    } catch (RuntimeException e) {
      LOG.error("the delivery {} cannot be sent", leased.id(), e);
      return Attempt.without(
          clock.instant(),
          Duration.ZERO,
          Attempt.Outcome.BROKEN,
          "it cannot be sent: " + e.getMessage());
    }
  }

  /** Keeps what it could not write, for the next time. */
  private void writeDown() {
    for (Sent one = sent.peek(); one != null; one = sent.peek()) {
      Sent ended = one;
      Instant now = clock.instant();
      database.write(
          handle -> {
            ended
                .attempt()
                .ifPresentOrElse(
                    attempt ->
                        DueRows.finish(
                            handle,
                            ended.leased(),
                            attempt,
                            now,
                            next(ended.leased(), attempt, now)),
                    () -> DueRows.giveBack(handle, ended.leased()));
            return true;
          });
      sent.remove();
      underWay--;
    }
  }

  private Optional<Instant> next(DueRows.Leased leased, Attempt attempt, Instant now) {
    return switch (attempt.outcome()) {
      case DELIVERED, GONE -> Optional.empty();
      case REFUSED, REDIRECTED, TIMED_OUT, NOT_ALLOWED, BROKEN, LOST ->
          settings
              .pace()
              .retries()
              .next(leased.round(), leased.giveUpAt(), now, attempt.retryAfter(), random);
    };
  }

  private void sweep() {
    Instant now = clock.instant();
    if (now.isBefore(swept.plus(SWEEP))) {
      return;
    }
    waiting =
        database.write(
            handle -> {
              DueRows.sweep(handle, now);
              return DueRows.waiting(handle);
            });
    swept = now;
  }

  private void pause() {
    try {
      wakes.poll(RETRY.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      LOG.debug("the notifier was interrupted to close");
    }
  }

  /** What is under way then is sent again when its lease is over. */
  @Override
  public void close() {
    closing = true;
    intake.close();
    wake();
    try {
      if (!thread.join(CLOSE)) {
        thread.interrupt();
        thread.join(CLOSE);
      }
      sender.close();
      senders.shutdown();
      if (senders.awaitTermination(CLOSE.toSeconds(), TimeUnit.SECONDS)) {
        writeDown();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.warn("what was just sent could not be written down: {}", e.toString());
    }
  }
}
