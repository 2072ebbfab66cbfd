package io.tollgate.streams;

import io.tollgate.schemas.Money;
import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * An exact sum of costs in units of the twelfth decimal: in a long, which holds nine million of a
 * currency, and beside it in a big number what did not fit. Not thread-safe.
 */
final class CostSum {
  private long small;
  private @Nullable BigInteger large;

  /** A cost, taken apart once for several sums; {@code large} in place of a small one. */
  record Cost(long small, @Nullable BigInteger large) {
    static Cost of(BigDecimal cost) {
      if (cost.scale() != Money.SCALE) {
        throw new IllegalArgumentException("a cost has 12 decimals, not " + cost.scale());
      }
      if (cost.precision() <= AvroBytes.DIGITS_OF_LONG) {
        return new Cost(cost.scaleByPowerOfTen(Money.SCALE).longValue(), null);
      }
      BigInteger unscaled = cost.unscaledValue();
      return unscaled.bitLength() < Long.SIZE
          ? new Cost(unscaled.longValue(), null)
          : new Cost(0, unscaled);
    }
  }

  void add(Cost cost) {
    BigInteger more = cost.large();
    if (more != null) {
      carry(more);
      return;
    }
    long sum = small + cost.small();
    if (((small ^ sum) & (cost.small() ^ sum)) < 0) {
      carry(BigInteger.valueOf(small));
      sum = cost.small();
    }
    small = sum;
  }

  private void carry(BigInteger more) {
    large = large == null ? more : large.add(more);
  }

  void writeTo(AvroBytes out) {
    if (large == null) {
      out.unscaled(small);
    } else {
      out.unscaled(large.add(BigInteger.valueOf(small)));
    }
  }
}
