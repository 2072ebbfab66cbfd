package io.tollgate.governance.audit;

import io.tollgate.governance.store.AuditEntry;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Follows one audit chain row by row and finds the first that is not what was written.
 *
 * <p>A row that was altered, moved or removed breaks the hashes. Rows that were hashed anew, and
 * those missing at the end, are found by the anchors, which are kept elsewhere.
 */
final class ChainCheck {
  private final String chain;
  private final NavigableMap<Long, List<Anchor>> anchors;
  private final Instant anchoredBefore;
  private byte[] hash = AuditEntry.beginning();
  private long rows;
  private long proven;

  /** What a chain came to at one of its rows, as the topic has it. */
  record Anchor(long sequence, String hash, Instant at) {}

  /**
   * The first bad row of a chain.
   *
   * @param sequence of the row; of a range that can only be told as such, its first
   */
  record Finding(String chain, long sequence, String what) {
    @Override
    public String toString() {
      return (chain.equals(AuditEntry.INSTALLATION)
              ? "the installation's chain"
              : "chain of organization " + chain)
          + ", row "
          + sequence
          + ": "
          + what;
    }
  }

  /**
   * A check from the first row on.
   *
   * @param anchors of this chain
   * @param anchoredBefore rows dated before must have an anchor at or after them
   */
  ChainCheck(String chain, List<Anchor> anchors, Instant anchoredBefore) {
    this.chain = chain;
    this.anchoredBefore = anchoredBefore;
    this.anchors = new TreeMap<>();
    for (Anchor anchor : anchors) {
      this.anchors.merge(
          anchor.sequence(),
          List.of(anchor),
          (some, more) -> java.util.stream.Stream.concat(some.stream(), more.stream()).toList());
    }
  }

  long rows() {
    return rows;
  }

  /** Follows the next row; nothing more can be said after a finding. */
  Optional<Finding> next(AuditEntry entry, byte[] stored) {
    long expected = rows + 1;
    if (entry.sequence() != expected) {
      return found(expected, "is missing; the next one there is " + entry.sequence());
    }
    if (!entry.chain().equals(chain) || !Arrays.equals(entry.hash(hash), stored)) {
      return found(expected, "is not what was written: it does not meet its hash");
    }
    rows = expected;
    hash = stored.clone();
    for (Anchor anchor : anchors.getOrDefault(expected, List.of())) {
      if (!anchor.hash().equals(HexFormat.of().formatHex(stored))) {
        return found(
            proven + 1,
            "the rows from here to "
                + expected
                + " were written anew: they do not meet the anchor of "
                + anchor.at());
      }
    }
    if (anchors.containsKey(expected)) {
      proven = expected;
    } else if (anchors.higherKey(expected) == null && entry.at().isBefore(anchoredBefore)) {
      return found(expected, "is dated " + entry.at() + " and no anchor covers it");
    }
    return Optional.empty();
  }

  /**
   * Ends the check.
   *
   * @param ends how many rows the table of chains says there are
   */
  Optional<Finding> end(long ends) {
    Map.Entry<Long, List<Anchor>> last = anchors.lastEntry();
    if (last != null && last.getKey() > rows) {
      return found(
          rows + 1,
          "is missing, with all to "
              + last.getKey()
              + ", which were anchored at "
              + last.getValue().getFirst().at());
    }
    return ends == rows
        ? Optional.empty()
        : found(Math.min(ends, rows) + 1, "the chain ends at " + rows + ", not at " + ends);
  }

  private Optional<Finding> found(long sequence, String what) {
    return Optional.of(new Finding(chain, sequence, what));
  }
}
