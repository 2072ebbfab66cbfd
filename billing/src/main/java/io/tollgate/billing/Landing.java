package io.tollgate.billing;

import io.tollgate.http.Health;
import io.tollgate.http.HttpRole;
import io.tollgate.http.Routes;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.RegistryUnavailable;
import io.tollgate.schemas.SchemaIds;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries usage.rated into ClickHouse, each record exactly once, whoever is killed whenever;
 * another one, with a group of its own, does so with usage.rejected, so that neither can stop the
 * other.
 *
 * <p>Plan, then insert: before a range of a partition is inserted, it is committed as the metadata
 * of the consumer group's offset, which a process that has lost the partition cannot do. Every
 * owner begins by repeating the last planned range under the same deduplication token, and plans
 * the next one only when that has landed. Several processes share the partitions through the group.
 * While ClickHouse is away the log is the buffer.
 */
public final class Landing implements HttpRole, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Landing.class);
  private static final Duration CLOSE = Duration.ofSeconds(10);
  private static final Duration REJOIN = Duration.ofSeconds(1);
  private static final int FETCH_BYTES_PER_PARTITION = 2 << 20;
  private static final int LEAST_FETCH_BYTES = 64 << 10;
  private static final int LONGEST_FETCH_WAIT_MILLIS = 100;
  private static final int SESSION_MILLIS = 10_000;

  private final LandedLog log;
  private final LandingConfig config;
  private final InstantSource clock;
  private final ClickHouse clickHouse;
  private final RowEncoder encoder;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private volatile @Nullable LandingSession session;
  private volatile LandingStatus status =
      new LandingStatus(LandingStatus.State.RUNNING, Optional.empty(), List.of());

  private Landing(LandedLog log, LandingConfig config, SchemaIds ids, InstantSource clock) {
    this.log = log;
    this.config = config;
    this.clock = clock;
    this.clickHouse = new ClickHouse(config.clickHouse());
    this.encoder = log.encoder().apply(ids);
    this.thread = Thread.ofPlatform().name("landing-" + log.table().name()).unstarted(this::run);
  }

  /** Starts landing rated usage in a thread of its own; what is away at the start is waited for. */
  public static Landing start(LandingConfig config, InstantSource clock) {
    return start(LandedLog.RATED, config, clock);
  }

  /** As {@link #start}, of rejected usage. */
  public static Landing startRejected(LandingConfig config, InstantSource clock) {
    return start(LandedLog.REJECTED, config, clock);
  }

  private static Landing start(LandedLog log, LandingConfig config, InstantSource clock) {
    SchemaIds ids = RegistryClient.at(config.endpoints().registry());
    Landing landing = new Landing(log, config, ids, clock);
    landing.thread.start();
    return landing;
  }

  /** How it fares, as of at most a moment ago. */
  public LandingStatus status() {
    LandingSession current = session;
    LandingStatus known = status;
    return known.state() == LandingStatus.State.RUNNING && current != null
        ? current.status()
        : known;
  }

  @Override
  public String name() {
    return "landing";
  }

  /** None: what landing tells is told by billing, which knows it wherever landing runs. */
  @Override
  public void routes(Routes routes) {}

  @Override
  public Health health() {
    LandingStatus now = status();
    String error = now.lastError().orElse("");
    return switch (now.state()) {
      case RUNNING -> Health.up("lands " + now.partitions().size() + " partitions");
      case RETRYING -> Health.up("tries again: " + error);
      case HALTED -> Health.down("halted: " + error);
      case CLOSED -> Health.down("closed");
    };
  }

  private void run() {
    while (closing.getCount() > 0) {
      try (Consumer<byte[], byte[]> consumer = consumer();
          LandingSession current =
              new LandingSession(log, config, clock, consumer, clickHouse, encoder)) {
        session = current;
        status = new LandingStatus(LandingStatus.State.RUNNING, status.lastError(), List.of());
        current.run(() -> closing.getCount() == 0);
      } catch (LandingHalted e) {
        halt(e);
        return;
      } catch (WakeupException e) {
        LOG.debug("landing is asked to close");
      } catch (InvalidOffsetException e) {
        halt(
            new LandingHalted(
                log.topic().name()
                    + " no longer holds what has to be landed next: records expired before"
                    + " they were landed; "
                    + e.getMessage(),
                e));
        return;
      } catch (KafkaException | RegistryUnavailable e) {
        if (e.getCause() instanceof LandingHalted halted) {
          halt(halted);
          return;
        }
        LOG.warn("landing begins anew in {}: {}", REJOIN, e.toString());
        status =
            new LandingStatus(LandingStatus.State.RETRYING, Optional.of(e.toString()), List.of());
        pause();
      } catch (RuntimeException e) {
        halt(new LandingHalted("landing met an error of its own: " + e, e));
        return;
      } finally {
        session = null;
      }
    }
    status = new LandingStatus(LandingStatus.State.CLOSED, status.lastError(), List.of());
  }

  private void halt(LandingHalted reason) {
    LOG.error(
        "LANDING HAS HALTED; nothing is landed until this is mended: {}",
        reason.getMessage(),
        reason);
    status =
        new LandingStatus(
            LandingStatus.State.HALTED,
            Optional.of(String.valueOf(reason.getMessage())),
            List.of());
  }

  private void pause() {
    try {
      boolean closed = closing.await(REJOIN.toMillis(), TimeUnit.MILLISECONDS);
      LOG.debug("waited, closing: {}", closed);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closing.countDown();
    }
  }

  private Consumer<byte[], byte[]> consumer() {
    Map<String, Object> settings = new HashMap<>();
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, config.endpoints().bootstrapServers());
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, config.group());
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, IsolationLevel.READ_COMMITTED.toString());
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    // A gap in the log must stop landing; where to begin at the very first start is said by
    // seeking.
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    settings.put(
        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
        CooperativeStickyAssignor.class.getName());
    settings.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_MILLIS);
    settings.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, SESSION_MILLIS / 5);
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, config.limits().batchRows());
    settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES_PER_PARTITION);
    settings.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, LEAST_FETCH_BYTES);
    settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, LONGEST_FETCH_WAIT_MILLIS);
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /**
   * Leaves the group; an insert under way is finished or left to the next owner. Bounded to some 15
   * s.
   */
  @Override
  public void close() {
    closing.countDown();
    LandingSession current = session;
    if (current != null) {
      current.wakeup();
    }
    try {
      if (!thread.join(CLOSE)) {
        LOG.warn("landing did not end within {}; the next owner repeats what is under way", CLOSE);
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    clickHouse.close();
  }
}
