package io.tollgate.schemas;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which record of usage.rejected: {@code generation-partition-offset}. A rejection is named by
 * where it was told, because a record that was replayed can be rejected again.
 */
public record RejectedEventId(int generation, int partition, long offset) {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,9})-([0-9]{1,9})-([0-9]{1,18})");

  public RejectedEventId {
    if (generation < 0 || partition < 0 || offset < 0) {
      throw new IllegalArgumentException("coordinates are not below zero");
    }
  }

  /** Of this version's topics. */
  public static RejectedEventId of(int partition, long offset) {
    return new RejectedEventId(UsagePartitions.GENERATION, partition, offset);
  }

  /**
   * Reads what {@link #toString} writes.
   *
   * @throws InvalidInput for anything else, naming this field
   */
  public static RejectedEventId parse(String field, String text) {
    Matcher parts = FORM.matcher(text);
    InvalidInput.unless(
        parts.matches(),
        field,
        text,
        "must be the id of a rejected event, generation-partition-offset");
    return new RejectedEventId(
        Integer.parseInt(parts.group(1)),
        Integer.parseInt(parts.group(2)),
        Long.parseLong(parts.group(3)));
  }

  @Override
  public String toString() {
    return generation + "-" + partition + "-" + offset;
  }
}
