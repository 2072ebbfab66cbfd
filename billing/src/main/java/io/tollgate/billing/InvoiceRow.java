package io.tollgate.billing;

import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.Rate;
import io.tollgate.schemas.WorkspaceId;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * The charges of a month that share workspace, model, meter, rate and the price version that gave
 * it, added up.
 *
 * @param contextOver the context tier; null for the base tier
 * @param quantity units, the sum over the events
 * @param cost the sum over the events, exact
 */
record InvoiceRow(
    WorkspaceId workspace,
    String provider,
    String model,
    String serviceTier,
    @Nullable Long contextOver,
    PriceBookId priceBook,
    int priceVersion,
    Meter meter,
    Rate rate,
    long quantity,
    Money cost)
    implements Comparable<InvoiceRow> {
  private static final Comparator<InvoiceRow> ORDER =
      Comparator.comparing(InvoiceRow::workspace)
          .thenComparing(InvoiceRow::provider)
          .thenComparing(InvoiceRow::model)
          .thenComparing(InvoiceRow::serviceTier)
          .thenComparing(InvoiceRow::contextOver, Comparator.nullsFirst(Comparator.naturalOrder()))
          .thenComparing(row -> row.priceBook().value())
          .thenComparing(InvoiceRow::priceVersion)
          .thenComparing(InvoiceRow::meter)
          .thenComparing(InvoiceRow::rate);

  /** Whether rate × quantity / 1,000,000 is the cost, as it is for every event. */
  boolean recomputes() {
    return rate.cost(quantity).equals(cost);
  }

  PriceVersionName priceVersionName() {
    return new PriceVersionName(priceBook, priceVersion);
  }

  @Override
  public int compareTo(InvoiceRow other) {
    return ORDER.compare(this, other);
  }
}
