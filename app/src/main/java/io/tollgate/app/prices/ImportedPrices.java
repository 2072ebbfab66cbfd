package io.tollgate.app.prices;

import io.tollgate.rating.PriceDraft;
import java.time.Instant;
import java.util.List;

/**
 * What a price file came to.
 *
 * @param versions in the order in which they take effect; each says all prices from then on
 * @param notImported everything that was not taken over as it stands in the file, in its order
 */
public record ImportedPrices(List<Dated> versions, List<NotImported> notImported) {
  public ImportedPrices {
    versions = List.copyOf(versions);
    notImported = List.copyOf(notImported);
  }

  /** A price version to be, in USD. */
  public record Dated(Instant effectiveFrom, PriceDraft draft) {}
}
