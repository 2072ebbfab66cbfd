package io.tollgate.governance.audit;

import io.tollgate.governance.store.AuditChains;
import io.tollgate.governance.store.Database;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Anchors the audit chains that have grown by refused attempts: at the start and then every second,
 * at most one anchor per chain each time, however many attempts there were. Changes anchor their
 * chains themselves.
 */
public final class Anchoring implements AutoCloseable {
  public static final Duration EVERY = Duration.ofSeconds(1);
  private static final Duration CLOSE = Duration.ofSeconds(5);

  /** Chains in one transaction; the outbox is locked that long. */
  private static final int BATCH = 100;

  private static final Logger LOG = LoggerFactory.getLogger(Anchoring.class);

  private final Database database;
  private final InstantSource clock;
  private final Duration every;
  private final Runnable anchored;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread = Thread.ofPlatform().name("audit-anchors").unstarted(this::run);

  private Anchoring(Database database, InstantSource clock, Duration every, Runnable anchored) {
    this.database = database;
    this.clock = clock;
    this.every = every;
    this.anchored = anchored;
  }

  /**
   * Starts to anchor.
   *
   * @param every how long a refused attempt may be without an anchor
   * @param anchored called after each commit, to wake the relay; must be quick and not throw
   */
  public static Anchoring start(
      Database database, InstantSource clock, Duration every, Runnable anchored) {
    Anchoring anchoring = new Anchoring(database, clock, every, anchored);
    anchoring.thread.start();
    return anchoring;
  }

  private void run() {
    try {
      do {
        anchorAll();
      } while (!closed.await(every.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      LOG.debug("interrupted to close");
    }
  }

  private void anchorAll() {
    try {
      int found;
      do {
        found =
            database.write(
                handle ->
                    AuditChains.anchorAll(
                        handle, clock.instant().truncatedTo(ChronoUnit.MILLIS), BATCH));
        if (found > 0) {
          anchored.run();
        }
      } while (found == BATCH);
    } catch (RuntimeException e) {
      LOG.warn("audit rows wait for their anchor: {}", e.toString());
    }
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      if (!thread.join(CLOSE)) {
        thread.interrupt();
        thread.join(CLOSE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
