package io.tollgate.governance.store;

import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.AuditHead;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;

/**
 * Appends rows to the audit chains and anchors their ends on a topic.
 *
 * <p>The end of a chain is a row that is locked while the chain grows, so that each row follows
 * exactly one other. Whoever takes the lock of the outbox too takes that one first, and locks
 * chains in the order of their names: nobody waits for another in a circle.
 */
public final class AuditChains {
  /** One anchor of this many rows stays on the topic for good. */
  private static final int ANCHORS_KEPT_PER = 1_000;

  private AuditChains() {}

  /** A row before it has its place in a chain. */
  public record Draft(
      Instant at,
      AuditEvent event,
      AuditEntry.Outcome outcome,
      long attempts,
      Actor actor,
      @Nullable String address,
      @Nullable String route) {
    String chain() {
      OrganizationId organization = event.organization();
      return organization == null ? AuditEntry.INSTALLATION : organization.value();
    }

    private AuditEntry at(long sequence, Actor named) {
      return new AuditEntry(
          chain(),
          sequence,
          at,
          event.type(),
          outcome,
          attempts,
          named,
          address,
          route,
          event.subjectKind(),
          AuditText.line(event.subject()),
          event.workspace() == null ? null : event.workspace().value(),
          AuditText.json(event.before()),
          AuditText.json(event.after()));
    }
  }

  private record End(String chain, long sequence, byte[] hash, long anchored) {}

  /** Appends rows of a change, and anchors their chains in the same transaction. */
  static void append(Handle handle, Instant now, List<Draft> drafts) {
    if (drafts.isEmpty()) {
      return;
    }
    Outbox.lock(handle);
    byChain(drafts)
        .forEach((chain, rows) -> anchor(handle, now, append(handle, locked(handle, chain), rows)));
  }

  /**
   * Appends rows of refused attempts. Does not take the lock of the outbox, so that a flood of them
   * does not slow down changes; {@link #anchorAll} anchors them, or the next change of the same
   * chain.
   */
  public static void appendRefused(Handle handle, List<Draft> drafts) {
    byChain(drafts).forEach((chain, rows) -> append(handle, locked(handle, chain), rows));
  }

  /**
   * Anchors every chain that has grown since it was anchored.
   *
   * @return how many, at most {@code most}
   */
  public static int anchorAll(Handle handle, Instant now, int most) {
    List<String> grown =
        handle
            .createQuery(
                "SELECT chain FROM audit_chains WHERE sequence > anchored_sequence"
                    + " ORDER BY chain LIMIT :most")
            .bind("most", most)
            .mapTo(String.class)
            .list();
    if (!grown.isEmpty()) {
      Outbox.lock(handle);
    }
    for (String chain : grown) {
      End end = locked(handle, chain);
      if (end.sequence() > end.anchored()) {
        anchor(handle, now, end);
      }
    }
    return grown.size();
  }

  private static Map<String, List<Draft>> byChain(List<Draft> drafts) {
    Map<String, List<Draft>> byChain = new TreeMap<>();
    for (Draft draft : drafts) {
      byChain.computeIfAbsent(draft.chain(), chain -> new ArrayList<>()).add(draft);
    }
    return byChain;
  }

  private static End locked(Handle handle, String chain) {
    return find(handle, chain, "FOR UPDATE")
        .orElseGet(
            () -> {
              handle
                  .createUpdate(
                      "INSERT INTO audit_chains (chain, sequence, hash, anchored_sequence)"
                          + " VALUES (:chain, 0, :hash, 0) ON CONFLICT DO NOTHING")
                  .bind("chain", chain)
                  .bind("hash", AuditEntry.beginning())
                  .execute();
              return find(handle, chain, "FOR UPDATE").orElseThrow();
            });
  }

  private static Optional<End> find(Handle handle, String chain, String lock) {
    return handle
        .createQuery("SELECT * FROM audit_chains WHERE chain = :chain " + lock)
        .bind("chain", chain)
        .map(
            (row, context) ->
                new End(
                    chain,
                    row.getLong("sequence"),
                    row.getBytes("hash"),
                    row.getLong("anchored_sequence")))
        .findOne();
  }

  private static End append(Handle handle, End end, List<Draft> drafts) {
    long sequence = end.sequence();
    byte[] hash = end.hash();
    PreparedBatch batch = handle.prepareBatch(AuditRows.INSERT);
    for (Draft draft : drafts) {
      sequence++;
      AuditEntry entry = draft.at(sequence, draft.actor().named(handle));
      hash = entry.hash(hash);
      AuditRows.bind(batch, entry, hash);
      batch.add();
    }
    batch.execute();
    handle
        .createUpdate(
            "UPDATE audit_chains SET sequence = :sequence, hash = :hash WHERE chain = :chain")
        .bind("sequence", sequence)
        .bind("hash", hash)
        .bind("chain", end.chain())
        .execute();
    return new End(end.chain(), sequence, hash, end.anchored());
  }

  private static void anchor(Handle handle, Instant now, End end) {
    boolean isInstallations = end.chain().equals(AuditEntry.INSTALLATION);
    Outbox.add(
        handle,
        now,
        Topics.AUDIT_HEADS,
        end.chain() + "/" + end.sequence() / ANCHORS_KEPT_PER,
        AuditHead.newBuilder()
            .setOrganizationId(isInstallations ? null : end.chain())
            .setSequence(end.sequence())
            .setHash(HexFormat.of().formatHex(end.hash()))
            .setAt(now)
            .build());
    handle
        .createUpdate("UPDATE audit_chains SET anchored_sequence = :sequence WHERE chain = :chain")
        .bind("sequence", end.sequence())
        .bind("chain", end.chain())
        .execute();
  }
}
