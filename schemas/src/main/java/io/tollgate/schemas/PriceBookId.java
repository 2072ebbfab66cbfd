package io.tollgate.schemas;

/** Names a price book. Stable, never reused, not a secret; matches {@code [A-Za-z0-9_-]{1,64}}. */
public record PriceBookId(String value) implements Comparable<PriceBookId> {
  public PriceBookId {
    Ids.check("price_book_id", value);
  }

  @Override
  public int compareTo(PriceBookId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
