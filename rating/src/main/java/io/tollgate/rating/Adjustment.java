package io.tollgate.rating;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.ServiceTier;
import io.tollgate.schemas.avro.PriceRate;
import java.math.BigDecimal;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A mark-up or discount on the rates that it names; what is null names all.
 *
 * @param model a name, or a pattern with {@code *}, compared with the name that the rate gives
 * @param percent above zero a mark-up, below a discount; -100 to 100,000, at most 4 decimals
 */
public record Adjustment(
    @Nullable String provider,
    @Nullable String model,
    @Nullable ServiceTier serviceTier,
    @Nullable Meter meter,
    BigDecimal percent) {
  private static final int MOST_DECIMALS = 4;
  private static final BigDecimal LEAST = BigDecimal.valueOf(-100);
  private static final BigDecimal MOST = BigDecimal.valueOf(100_000);

  public Adjustment {
    Objects.requireNonNull(percent, "percent");
    InvalidInput.unless(
        percent.scale() <= MOST_DECIMALS,
        "percent",
        percent.toPlainString(),
        "must have at most 4 decimals");
    InvalidInput.unless(
        percent.compareTo(LEAST) >= 0 && percent.compareTo(MOST) <= 0,
        "percent",
        percent.toPlainString(),
        "must be -100 to 100000");
  }

  boolean names(PriceRate rate) {
    return (provider == null || provider.equals(rate.getProvider()))
        && (model == null || ModelPattern.of(model).matches(rate.getModel()))
        && (serviceTier == null || serviceTier.wireName().equals(rate.getServiceTier()))
        && (meter == null || meter.wireName().equals(rate.getMeter()));
  }

  /** 1.1 for a mark-up of 10 percent. */
  BigDecimal factor() {
    return BigDecimal.ONE.add(percent.movePointLeft(2));
  }
}
