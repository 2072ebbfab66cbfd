package io.tollgate.governance;

import io.tollgate.governance.config.Configs;
import io.tollgate.governance.keys.ApiKeys;
import io.tollgate.governance.prices.Backfills;
import io.tollgate.governance.prices.PriceSource;
import io.tollgate.governance.spending.Budgets;
import io.tollgate.governance.spending.Credits;
import io.tollgate.governance.spending.Limits;
import io.tollgate.governance.spending.Wallets;
import io.tollgate.governance.spending.WriteOffs;
import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.Outbox;
import io.tollgate.governance.store.TopicSource;
import io.tollgate.governance.tenancy.Organizations;
import io.tollgate.governance.tenancy.Workspaces;
import io.tollgate.schemas.Endpoints;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * Holds compacted topics against the database: each record is built again from the tables, by the
 * builder that changes publish it with. Every topic of governance but the anchors of the audit,
 * which its own verification reads.
 */
public final class TopicVerification {
  private final List<TopicSource<?>> sources;

  private static List<TopicSource<?>> sources(InstantSource clock) {
    return List.of(
        Organizations.published(),
        Workspaces.published(),
        ApiKeys.published(),
        Budgets.published(),
        Limits.published(),
        Wallets.published(),
        Credits.published(),
        WriteOffs.published(),
        Backfills.published(),
        PriceSource.published(),
        Configs.published(),
        PrincipalSources.published(clock));
  }

  /** How long the relay may take to publish what was committed before. */
  private static final Duration RELAYED = Duration.ofSeconds(30);

  private static final Duration LOOK = Duration.ofMillis(100);

  private final Database database;
  private final Endpoints kafka;
  private final InstantSource clock;

  /** How a key of a topic is not as the tables say. */
  public enum Kind {
    MISSING,
    SURPLUS,
    DIFFERENT
  }

  /** A key of a topic that is not as the tables say. */
  public record Difference(String topic, String key, Kind kind) {}

  /**
   * What was found.
   *
   * @param records how many the tables say there are
   * @param topics names of the topics that were compared
   */
  public record Report(long records, List<String> topics, List<Difference> differences) {
    public Report {
      topics = List.copyOf(topics);
      differences = List.copyOf(differences);
    }

    public boolean isGood() {
      return differences.isEmpty();
    }
  }

  /** Digests of all records, by topic and key. */
  private record Expected(long newest, Map<String, Map<String, byte[]>> records) {}

  public TopicVerification(Database database, Endpoints kafka, InstantSource clock) {
    this.database = database;
    this.kafka = kafka;
    this.clock = clock;
    this.sources = sources(clock);
  }

  /**
   * Compares every topic. What changes meanwhile is not judged.
   *
   * @throws IllegalStateException if what was committed before is not relayed within 30 s, or Kafka
   *     cannot be read
   */
  public Report verify() {
    Expected expected = database.readSnapshot(this::expected);
    awaitRelayed(expected.newest());
    List<Difference> differences = new ArrayList<>();
    long records = 0;
    for (TopicSource<?> source : sources) {
      String topic = source.topic().name();
      Map<String, byte[]> wanted = expected.records().getOrDefault(topic, Map.of());
      records += wanted.size();
      differences.addAll(compare(topic, wanted, source.published(kafka)));
    }
    Set<String> changed = changedSince(expected.newest());
    differences.removeIf(one -> changed.contains(one.topic() + " " + one.key()));
    return new Report(
        records, sources.stream().map(source -> source.topic().name()).toList(), differences);
  }

  /**
   * Publishes what differs, as the tables have it now, through the outbox: after everything that
   * was committed before and before everything that is committed later.
   *
   * @return what differed
   */
  public Report republish() {
    Report report = verify();
    if (!report.isGood()) {
      Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
      database.write(
          handle -> {
            Outbox.lock(handle);
            sources.forEach(source -> republish(handle, now, source, report.differences()));
            return true;
          });
    }
    return report;
  }

  private static void republish(
      Handle handle, Instant now, TopicSource<?> source, List<Difference> differences) {
    Set<String> left =
        differences.stream()
            .filter(one -> one.topic().equals(source.topic().name()))
            .map(Difference::key)
            .collect(Collectors.toCollection(TreeSet::new));
    if (left.isEmpty()) {
      return;
    }
    source.records(
        handle,
        Set.copyOf(left),
        (key, record) -> {
          Outbox.addEncoded(handle, now, source.topic(), key, record);
          left.remove(key);
        });
    left.forEach(key -> Outbox.addRemoval(handle, now, source.topic(), key));
  }

  private Expected expected(Handle handle) {
    Map<String, Map<String, byte[]>> records = new HashMap<>();
    sources.forEach(source -> records.put(source.topic().name(), source.expected(handle)));
    long newest =
        handle.createQuery("SELECT coalesce(max(id), 0) FROM outbox").mapTo(Long.class).one();
    return new Expected(newest, records);
  }

  private void awaitRelayed(long newest) {
    Instant until = clock.instant().plus(RELAYED);
    while (isWaiting(newest)) {
      if (clock.instant().isAfter(until)) {
        throw new IllegalStateException(
            "changes wait in the outbox and are not relayed: is governance running?");
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  private boolean isWaiting(long newest) {
    return database.read(
        handle ->
            handle
                .createQuery(
                    "SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL AND id <= :id)")
                .bind("id", newest)
                .mapTo(Boolean.class)
                .one());
  }

  private Set<String> changedSince(long newest) {
    return new HashSet<>(
        database.read(
            handle ->
                handle
                    .createQuery("SELECT topic || ' ' || key FROM outbox WHERE id > :id")
                    .bind("id", newest)
                    .mapTo(String.class)
                    .list()));
  }

  static List<Difference> compare(
      String topic, Map<String, byte[]> wanted, Map<String, byte[]> there) {
    Set<String> keys = new TreeSet<>(wanted.keySet());
    keys.addAll(there.keySet());
    List<Difference> differences = new ArrayList<>();
    for (String key : keys) {
      if (!there.containsKey(key)) {
        differences.add(new Difference(topic, key, Kind.MISSING));
      } else if (!wanted.containsKey(key)) {
        differences.add(new Difference(topic, key, Kind.SURPLUS));
      } else if (!Arrays.equals(wanted.get(key), there.get(key))) {
        differences.add(new Difference(topic, key, Kind.DIFFERENT));
      }
    }
    return differences;
  }
}
