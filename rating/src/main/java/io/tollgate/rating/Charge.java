package io.tollgate.rating;

import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.Rate;
import java.util.Objects;

/**
 * What one meter of one event costs.
 *
 * @param units above zero
 * @param cost rate × units / 1,000,000, exact
 */
public record Charge(Meter meter, long units, Rate rate, Money cost) {
  public Charge {
    Objects.requireNonNull(meter, "meter");
    Objects.requireNonNull(rate, "rate");
    Objects.requireNonNull(cost, "cost");
    if (units <= 0) {
      throw new IllegalArgumentException("a charge is for at least one unit, not " + units);
    }
  }

  static Charge of(Meter meter, long units, Rate rate) {
    return new Charge(meter, units, rate, rate.cost(units));
  }
}
