package io.tollgate.billing;

import io.tollgate.schemas.PriceBookId;
import java.util.Comparator;

/** Names a price version as it was recorded with each event. */
record PriceVersionName(PriceBookId priceBookId, int priceVersion)
    implements Comparable<PriceVersionName> {
  private static final Comparator<PriceVersionName> ORDER =
      Comparator.comparing((PriceVersionName name) -> name.priceBookId().value())
          .thenComparing(PriceVersionName::priceVersion);

  @Override
  public int compareTo(PriceVersionName other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return priceBookId + " v" + priceVersion;
  }
}
