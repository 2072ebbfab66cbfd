package io.tollgate.governance.audit;

import io.tollgate.governance.store.Actor;
import io.tollgate.governance.store.AuditChains;
import io.tollgate.governance.store.AuditEntry;
import io.tollgate.governance.store.Database;
import io.tollgate.http.Buckets;
import io.tollgate.http.Caller;
import io.tollgate.http.Membership;
import io.tollgate.http.RefusedAttempt;
import io.tollgate.schemas.OrganizationId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down refused attempts, apart from the transactions that were refused.
 *
 * <p>The first ten of a caller from an address, and one a second after them, have a row each, which
 * is committed before they are answered; those that come at the same time share a transaction. Of
 * all callers together these are at most 200 at once and 100 a second. What goes beyond is counted
 * in one row per caller, address and second, written within 1.25 s in normal operation: a flood
 * costs two rows a second. While the database is away nobody waits for it; attempts are counted on,
 * and beyond 1,000 rows waiting all others become one row that says how many they were. A process
 * that is killed loses what it counted and did not write.
 */
public final class RefusedAttempts implements AutoCloseable {
  static final int MOST_WAITING = 1_000;
  private static final int OWN_ROWS_OF_ONE = 10;
  private static final Duration ONE_MORE_OF_ONE = Duration.ofSeconds(1);
  private static final int MOST_REMEMBERED = 10_000;
  private static final int OWN_ROWS_OF_ALL = 200;
  private static final Duration ONE_MORE_OF_ALL = Duration.ofMillis(10);
  private static final String ALL = "all";

  /** An answer waits no longer than this for its row. */
  private static final Duration ANSWER_WAITS = Duration.ofSeconds(2);

  private static final int BATCH = 100;
  private static final Duration EVERY = Duration.ofMillis(250);
  private static final Duration CLOSE = Duration.ofSeconds(5);
  private static final Logger LOG = LoggerFactory.getLogger(RefusedAttempts.class);

  private final Database database;
  private final InstantSource clock;
  private final Runnable written;
  private final Buckets ofOne;
  private final Buckets ofAll;
  private final Map<Key, RefusedTally> waiting = new LinkedHashMap<>();
  private final BlockingQueue<Boolean> wakes = new ArrayBlockingQueue<>(1);
  private final Thread thread = Thread.ofPlatform().name("refused-attempts").unstarted(this::run);

  /** Of those with a row of their own, so far; guarded by {@link #waiting}. */
  private long ownRows;

  private volatile boolean isAway;
  private volatile boolean closing;

  /**
   * Those counted in one row.
   *
   * @param own above zero and used once: a row for one attempt; 0: one for all in that second
   */
  private record Key(Actor actor, String chain, String address, long second, long own) {
    static final Key OTHERS =
        new Key(
            new Actor(RefusedTally.OTHERS, RefusedTally.OTHERS, null),
            AuditEntry.INSTALLATION,
            "",
            0,
            0);

    /** Of those that are counted together, when nothing more comes to it. */
    boolean isDue(long present) {
      return own > 0 || second < present;
    }
  }

  private RefusedAttempts(Database database, InstantSource clock, Runnable written) {
    this.database = database;
    this.clock = clock;
    this.written = written;
    this.ofOne = new Buckets(OWN_ROWS_OF_ONE, ONE_MORE_OF_ONE, MOST_REMEMBERED, clock);
    this.ofAll = new Buckets(OWN_ROWS_OF_ALL, ONE_MORE_OF_ALL, 1, clock);
  }

  /**
   * Starts to write.
   *
   * @param written called after each commit; must be quick and not throw
   */
  public static RefusedAttempts start(Database database, InstantSource clock, Runnable written) {
    RefusedAttempts attempts = new RefusedAttempts(database, clock, written);
    attempts.thread.start();
    return attempts;
  }

  /**
   * Keeps an attempt. Returns when its row is committed, after 2 s at most, or at once if it is
   * only counted or the database is away.
   */
  public void add(RefusedAttempt attempt) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    Optional<OrganizationId> organization = organization(attempt);
    Actor actor = Actor.of(attempt.caller());
    String address = attempt.origin().address();
    boolean hasOwn =
        ofOne.take(actor.kind() + ' ' + actor.id() + ' ' + address).isEmpty()
            && ofAll.take(ALL).isEmpty();
    RefusedTally tally;
    synchronized (waiting) {
      Key key =
          new Key(
              actor,
              organization.map(OrganizationId::value).orElse(AuditEntry.INSTALLATION),
              address,
              now.getEpochSecond(),
              hasOwn ? ++ownRows : 0);
      boolean isRoom = waiting.size() < MOST_WAITING || waiting.containsKey(key);
      tally =
          waiting.computeIfAbsent(
              isRoom ? key : Key.OTHERS,
              place ->
                  new RefusedTally(
                      now, place.actor(), attempt, isRoom ? organization : Optional.empty()));
      tally.add(attempt);
    }
    if (hasOwn) {
      wakes.offer(Boolean.TRUE);
      if (!isAway) {
        tally.awaitWritten(ANSWER_WAITS);
      }
    }
  }

  /**
   * Whose chain tells of it: the caller's own, never that of a tenant somebody only named. Of
   * several the named one, or none if that is not told.
   */
  private static Optional<OrganizationId> organization(RefusedAttempt attempt) {
    return switch (attempt.caller()) {
      case Caller.AdminKey admin -> Optional.of(admin.organization());
      case Caller.ApiKey key -> Optional.of(key.organization());
      case Caller.Person person -> {
        List<OrganizationId> own =
            person.memberships().stream().map(Membership::organization).toList();
        yield own.size() == 1
            ? Optional.of(own.getFirst())
            : own.stream()
                .filter(one -> attempt.organization().filter(one.value()::equals).isPresent())
                .findFirst();
      }
      case Caller.Operator operator -> Optional.empty();
      case Caller.Anyone anyone -> Optional.empty();
    };
  }

  private void run() {
    boolean isLast;
    do {
      try {
        wakes.poll(EVERY.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        LOG.debug("interrupted to close");
      }
      isLast = closing;
      writeAll();
    } while (!isLast);
  }

  /** What could not be written stays and goes on counting. */
  private void writeAll() {
    try {
      while (writeBatch() == BATCH) {
        LOG.debug("{} rows of refused attempts are written, there are more", BATCH);
      }
    } catch (RuntimeException e) {
      isAway = true;
      LOG.warn("refused attempts wait to be written: {}", e.toString());
    }
  }

  private int writeBatch() {
    Map<Key, RefusedTally> batch = new LinkedHashMap<>();
    synchronized (waiting) {
      var all = waiting.entrySet().iterator();
      // A second that is not over yet may count on.
      long present = closing ? Long.MAX_VALUE : clock.instant().getEpochSecond();
      while (all.hasNext() && batch.size() < BATCH) {
        Map.Entry<Key, RefusedTally> next = all.next();
        if (next.getKey().isDue(present)) {
          batch.put(next.getKey(), next.getValue());
          all.remove();
        }
      }
    }
    if (batch.isEmpty()) {
      return 0;
    }
    try {
      write(List.copyOf(batch.values()));
    } catch (RuntimeException e) {
      putBack(batch);
      throw e;
    }
    isAway = false;
    batch.values().forEach(RefusedTally::written);
    written.run();
    return batch.size();
  }

  private void write(List<RefusedTally> batch) {
    database.write(
        handle -> {
          List<AuditChains.Draft> drafts = new ArrayList<>(batch.size());
          batch.forEach(tally -> drafts.add(tally.draft(handle)));
          AuditChains.appendRefused(handle, drafts);
          return true;
        });
  }

  /** Before what came meanwhile; the same key counts in both rows, which adds up. */
  private void putBack(Map<Key, RefusedTally> batch) {
    synchronized (waiting) {
      Map<Key, RefusedTally> since = new LinkedHashMap<>(waiting);
      waiting.clear();
      waiting.putAll(batch);
      since.forEach((key, tally) -> waiting.merge(key, tally, RefusedTally::with));
    }
  }

  @Override
  public void close() {
    closing = true;
    wakes.offer(Boolean.TRUE);
    try {
      if (!thread.join(CLOSE)) {
        thread.interrupt();
        thread.join(CLOSE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (waiting) {
      long lost = waiting.values().stream().mapToLong(RefusedTally::count).sum();
      if (lost > 0) {
        LOG.error("{} refused attempts could not be written before the end", lost);
      }
    }
  }
}
