package io.tollgate.billing;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The next range of a partition of usage.rated to be inserted. It is committed as the metadata of
 * the consumer group's offset before the insert, and names the insert for good: whoever repeats it
 * uses the same token.
 *
 * @param generation of the usage topics
 * @param start first offset, inclusive; equals the committed offset
 * @param end last offset, exclusive
 * @param count committed records in the range; below {@code end - start} where the log holds
 *     transaction markers
 * @param digest of the records, as {@link RangeDigest} gives it
 */
record PlannedRange(int generation, int partition, long start, long end, int count, String digest) {
  private static final String VERSION = "plan-1";
  private static final Pattern METADATA =
      Pattern.compile(
          VERSION
              + " generation=(\\d{1,9}) end=(\\d{1,18}) count=(\\d{1,9}) digest=([0-9a-f]{64})");

  PlannedRange {
    if (start < 0 || end <= start || count < 1 || count > end - start) {
      throw new IllegalArgumentException(
          "not a range: [" + start + ", " + end + ") with " + count + " records");
    }
  }

  /** What stands beside the committed offset while the range is being inserted. */
  String metadata() {
    return VERSION
        + " generation="
        + generation
        + " end="
        + end
        + " count="
        + count
        + " digest="
        + digest;
  }

  /**
   * The range that a former owner planned at a committed offset; empty if the metadata is blank,
   * which says that everything below the offset has landed.
   *
   * @throws LandingHalted if the metadata is neither blank nor a plan: another program uses the
   *     consumer group
   */
  static Optional<PlannedRange> parse(int partition, long committed, String metadata) {
    if (metadata.isBlank()) {
      return Optional.empty();
    }
    Matcher plan = METADATA.matcher(metadata);
    if (!plan.matches()) {
      throw new LandingHalted(
          "partition "
              + partition
              + ": the committed offset carries \""
              + metadata
              + "\", which is no landing plan; "
              + "does another program use this consumer group?");
    }
    return Optional.of(
        new PlannedRange(
            Integer.parseInt(plan.group(1)),
            partition,
            committed,
            Long.parseLong(plan.group(2)),
            Integer.parseInt(plan.group(3)),
            plan.group(4)));
  }

  /** The {@code insert_deduplication_token}: the same for every attempt of every owner. */
  String token() {
    return "usage.rated/" + generation + "/" + partition + "/" + start + "-" + end + "/" + digest;
  }

  @Override
  public String toString() {
    return "partition " + partition + " [" + start + ", " + end + ")";
  }
}
