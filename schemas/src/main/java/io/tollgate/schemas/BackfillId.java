package io.tollgate.schemas;

/** Names a backfill. Stable, never reused, not a secret; matches {@code [A-Za-z0-9_-]{1,64}}. */
public record BackfillId(String value) implements Comparable<BackfillId> {
  public BackfillId {
    Ids.check("backfill_id", value);
  }

  @Override
  public int compareTo(BackfillId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
