package io.tollgate.governance.audit;

import io.tollgate.governance.store.Actor;
import io.tollgate.governance.store.AuditChains;
import io.tollgate.governance.store.AuditEntry;
import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.AuditText;
import io.tollgate.governance.store.Database;
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
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down refused attempts, apart from the transactions that were refused: one row per caller,
 * address and second with the first attempt and how many there were. A flood costs a row per
 * second. While the database is away they are counted on; beyond 1,000 rows waiting, all others
 * become one row that says how many they were.
 */
public final class RefusedAttempts implements AutoCloseable {
  static final int MOST_WAITING = 1_000;
  private static final int BATCH = 100;
  private static final int MOST_ROUTES = 10;
  private static final String OTHERS = "others";
  private static final Duration EVERY = Duration.ofSeconds(1);
  private static final Duration CLOSE = Duration.ofSeconds(5);
  private static final Logger LOG = LoggerFactory.getLogger(RefusedAttempts.class);

  private final Database database;
  private final InstantSource clock;
  private final Runnable written;
  private final Map<Key, Tally> waiting = new LinkedHashMap<>();
  private final BlockingQueue<Boolean> wakes = new ArrayBlockingQueue<>(1);
  private final Thread thread = Thread.ofPlatform().name("refused-attempts").unstarted(this::run);
  private volatile boolean closing;

  /** Those counted in one row. */
  private record Key(Actor actor, String chain, String address, long second) {}

  private static final class Tally {
    private final Instant first;
    private final RefusedAttempt attempt;
    private final @Nullable OrganizationId organization;
    private final Map<String, Long> routes = new TreeMap<>();
    private long count;

    Tally(Instant first, RefusedAttempt attempt, @Nullable OrganizationId organization) {
      this.first = first;
      this.attempt = attempt;
      this.organization = organization;
    }

    void add(RefusedAttempt another) {
      count++;
      String what = another.status() + " " + another.origin().route();
      boolean isListed = routes.size() < MOST_ROUTES || routes.containsKey(what);
      routes.merge(isListed ? what : OTHERS, 1L, Long::sum);
    }
  }

  private RefusedAttempts(Database database, InstantSource clock, Runnable written) {
    this.database = database;
    this.clock = clock;
    this.written = written;
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

  /** Counts an attempt, which is written within about two seconds. */
  public void add(RefusedAttempt attempt) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    OrganizationId organization = organization(attempt);
    Key key =
        new Key(
            Actor.of(attempt.caller()),
            organization == null ? AuditEntry.INSTALLATION : organization.value(),
            attempt.origin().address(),
            now.getEpochSecond());
    synchronized (waiting) {
      boolean isRoom = waiting.size() < MOST_WAITING || waiting.containsKey(key);
      waiting
          .computeIfAbsent(
              isRoom
                  ? key
                  : new Key(new Actor(OTHERS, OTHERS, null), AuditEntry.INSTALLATION, "", 0),
              missing -> new Tally(now, attempt, isRoom ? organization : null))
          .add(attempt);
    }
  }

  /**
   * Whose chain tells of it: the caller's own, never that of a tenant somebody only named. Of
   * several the named one, or none if that is not told.
   */
  private static @Nullable OrganizationId organization(RefusedAttempt attempt) {
    return switch (attempt.caller()) {
      case Caller.AdminKey admin -> admin.organization();
      case Caller.ApiKey key -> key.organization();
      case Caller.Person person -> {
        List<OrganizationId> own =
            person.memberships().stream().map(Membership::organization).toList();
        yield own.size() == 1
            ? own.getFirst()
            : own.stream()
                .filter(one -> attempt.organization().filter(one.value()::equals).isPresent())
                .findFirst()
                .orElse(null);
      }
      case Caller.Operator operator -> null;
      case Caller.Anyone anyone -> null;
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
      LOG.warn("refused attempts wait to be written: {}", e.toString());
    }
  }

  private int writeBatch() {
    Map<Key, Tally> batch = new LinkedHashMap<>();
    synchronized (waiting) {
      var all = waiting.entrySet().iterator();
      // A second that is not over yet may count on.
      long present = closing ? Long.MAX_VALUE : clock.instant().getEpochSecond();
      while (all.hasNext() && batch.size() < BATCH) {
        Map.Entry<Key, Tally> next = all.next();
        if (next.getKey().second() < present) {
          batch.put(next.getKey(), next.getValue());
          all.remove();
        }
      }
    }
    if (batch.isEmpty()) {
      return 0;
    }
    try {
      write(batch);
    } catch (RuntimeException e) {
      putBack(batch);
      throw e;
    }
    written.run();
    return batch.size();
  }

  private void write(Map<Key, Tally> batch) {
    List<AuditChains.Draft> drafts = new ArrayList<>(batch.size());
    batch.forEach((key, tally) -> drafts.add(draft(key, tally)));
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    database.write(
        handle -> {
          AuditChains.appendRefused(handle, now, drafts);
          return true;
        });
  }

  /** Before what came meanwhile; the same key counts in both rows, which adds up. */
  private void putBack(Map<Key, Tally> batch) {
    synchronized (waiting) {
      Map<Key, Tally> since = new LinkedHashMap<>(waiting);
      waiting.clear();
      waiting.putAll(batch);
      since.forEach(
          (key, tally) ->
              waiting.merge(
                  key,
                  tally,
                  (earlier, later) -> {
                    earlier.count += later.count;
                    later.routes.forEach(
                        (route, count) -> earlier.routes.merge(route, count, Long::sum));
                    return earlier;
                  }));
    }
  }

  private static AuditChains.Draft draft(Key key, Tally tally) {
    RefusedAttempt attempt = tally.attempt;
    boolean isMixed = key.actor().kind().equals(OTHERS);
    Map<String, Object> asked = new LinkedHashMap<>();
    asked.put("status", attempt.status());
    asked.put("code", attempt.code());
    asked.put("path", AuditText.line(attempt.path()));
    attempt.organization().ifPresent(named -> asked.put("organization", AuditText.line(named)));
    if (tally.count > 1) {
      asked.put("attempts", new TreeMap<>(tally.routes));
    }
    return new AuditChains.Draft(
        tally.first,
        AuditEvent.of("attempt.refused", "route", attempt.origin().route())
            .in(tally.organization)
            .to(asked),
        AuditEntry.Outcome.REFUSED,
        tally.count,
        key.actor(),
        isMixed ? null : key.address(),
        isMixed ? null : attempt.origin().route());
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
      long lost = waiting.values().stream().mapToLong(tally -> tally.count).sum();
      if (lost > 0) {
        LOG.error("{} refused attempts could not be written before the end", lost);
      }
    }
  }
}
