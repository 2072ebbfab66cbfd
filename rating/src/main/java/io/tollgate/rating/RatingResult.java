package io.tollgate.rating;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.PriceBookId;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The answer to "what does this event cost?": a price, or the reason why it is not known. */
public sealed interface RatingResult {

  /**
   * The price is known.
   *
   * @param charges one per meter with units and a rate, in the order of {@link
   *     io.tollgate.schemas.Meter}
   * @param cost the sum of the charges
   * @param currency ISO 4217; the organization's
   * @param priceBook the book whose rate card applied
   * @param priceVersion its version
   * @param contextOver the context tier that priced the whole request: its input side was strictly
   *     above this many tokens; null for the base tier
   */
  record Rated(
      List<Charge> charges,
      Money cost,
      String currency,
      PriceBookId priceBook,
      int priceVersion,
      @Nullable Long contextOver)
      implements RatingResult {
    public Rated {
      charges = List.copyOf(charges);
      Objects.requireNonNull(cost, "cost");
      Objects.requireNonNull(currency, "currency");
      Objects.requireNonNull(priceBook, "priceBook");
    }
  }

  /**
   * The price is not known; nothing is ever priced zero in silence.
   *
   * @param detail what is missing, in a sentence for the operator
   */
  record Unrated(UnratedReason reason, String detail) implements RatingResult {
    public Unrated {
      Objects.requireNonNull(reason, "reason");
      Objects.requireNonNull(detail, "detail");
    }
  }
}
