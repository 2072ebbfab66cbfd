package io.tollgate.governance.audit;

import io.tollgate.governance.store.AuditEntry;
import io.tollgate.governance.store.AuditRows;
import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.TopicRecords;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;

/** Recomputes every audit chain from the database and holds it against the anchors on the topic. */
public final class AuditVerification {
  /**
   * Rows are anchored within a second and relayed soon after, unless Kafka is away; a row older
   * than this without an anchor is a finding.
   */
  public static final Duration ANCHORED_WITHIN = Duration.ofMinutes(5);

  private static final int PAGE = 5_000;

  private final Database database;
  private final Endpoints kafka;
  private final InstantSource clock;

  /**
   * What was found.
   *
   * @param rows how many were followed
   * @param lastAnchor the newest one, if there is any
   * @param findings the first bad row of each chain that has one
   */
  public record Report(
      long rows, int chains, int anchors, Optional<Instant> lastAnchor, List<String> findings) {
    public Report {
      findings = List.copyOf(findings);
    }

    public boolean isGood() {
      return findings.isEmpty();
    }
  }

  private record Row(AuditEntry entry, byte[] hash) {}

  public AuditVerification(Database database, Endpoints kafka, InstantSource clock) {
    this.database = database;
    this.kafka = kafka;
    this.clock = clock;
  }

  /**
   * Verifies all chains.
   *
   * @throws RuntimeException if the database or Kafka cannot be read
   */
  public Report verify() {
    // Before the rows: what was anchored by then must be there; what came since need not be.
    Instant anchoredBefore = clock.instant().minus(ANCHORED_WITHIN);
    Map<String, List<ChainCheck.Anchor>> anchors = new HashMap<>();
    TopicRecords.read(
        kafka,
        Topics.AUDIT_HEADS,
        (key, head) ->
            head.ifPresent(
                one ->
                    anchors
                        .computeIfAbsent(
                            Optional.ofNullable(one.getOrganizationId())
                                .orElse(AuditEntry.INSTALLATION),
                            chain -> new ArrayList<>())
                        .add(
                            new ChainCheck.Anchor(one.getSequence(), one.getHash(), one.getAt()))));
    return database.readSnapshot(handle -> verify(handle, anchors, anchoredBefore));
  }

  private static Report verify(
      Handle handle, Map<String, List<ChainCheck.Anchor>> anchors, Instant anchoredBefore) {
    Map<String, Long> ends = new TreeMap<>();
    anchors.keySet().forEach(chain -> ends.put(chain, 0L));
    handle
        .createQuery("SELECT chain, sequence FROM audit_chains")
        .map((row, context) -> Map.entry(row.getString("chain"), row.getLong("sequence")))
        .forEach(end -> ends.put(end.getKey(), end.getValue()));
    long rows = 0;
    List<String> findings = new ArrayList<>();
    for (Map.Entry<String, Long> end : ends.entrySet()) {
      List<ChainCheck.Anchor> of = anchors.getOrDefault(end.getKey(), List.of());
      ChainCheck check = new ChainCheck(end.getKey(), of, anchoredBefore);
      Optional<ChainCheck.Finding> finding = follow(handle, end.getKey(), check);
      finding.or(() -> check.end(end.getValue())).ifPresent(bad -> findings.add(bad.toString()));
      rows += check.rows();
    }
    List<Instant> times =
        anchors.values().stream().flatMap(List::stream).map(ChainCheck.Anchor::at).toList();
    return new Report(
        rows, ends.size(), times.size(), times.stream().max(Instant::compareTo), findings);
  }

  private static Optional<ChainCheck.Finding> follow(
      Handle handle, String chain, ChainCheck check) {
    List<Row> page;
    long last = Long.MIN_VALUE;
    do {
      page =
          handle
              .createQuery(
                  "SELECT * FROM audit WHERE chain = :chain AND sequence > :last"
                      + " ORDER BY sequence LIMIT :most")
              .bind("chain", chain)
              .bind("last", last)
              .bind("most", PAGE)
              .map((row, context) -> new Row(AuditRows.entry(row), row.getBytes("hash")))
              .list();
      for (Row row : page) {
        Optional<ChainCheck.Finding> finding = check.next(row.entry(), row.hash());
        if (finding.isPresent()) {
          return finding;
        }
        last = row.entry().sequence();
      }
    } while (page.size() == PAGE);
    return Optional.empty();
  }
}
