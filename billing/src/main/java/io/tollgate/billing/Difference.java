package io.tollgate.billing;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * Something on which the sources of reconciliation do not agree. Values are exact decimal text;
 * null where a source does not know the measure.
 *
 * @param organizationId null where it is about a partition
 * @param hour start of the UTC hour of event time, as 2026-10-05T10:00:00Z; null where it is about
 *     a partition
 * @param partition of the usage topics; null where it is about an organization's hour
 * @param measure {@code requests}, {@code cost}, {@code units.<meter>}, {@code records}, {@code
 *     rated}, {@code reversals}, {@code row} or {@code row.cost}
 * @param difference of the first two values that differ: the later source minus the earlier one
 * @param detail which row, and what is the matter with it; null where the measure says it all
 */
public record Difference(
    @Nullable String organizationId,
    @Nullable String hour,
    @Nullable Integer partition,
    String measure,
    @Nullable String broker,
    @Nullable String streams,
    @Nullable String landed,
    String difference,
    @Nullable String detail) {

  static Difference ofHour(
      OrganizationHour hour,
      String measure,
      @Nullable BigDecimal broker,
      @Nullable BigDecimal streams,
      @Nullable BigDecimal landed) {
    return new Difference(
        hour.organization().value(),
        hour.hour().toString(),
        null,
        measure,
        text(broker),
        text(streams),
        text(landed),
        difference(broker, streams, landed),
        null);
  }

  static Difference ofPartition(
      int partition,
      String measure,
      @Nullable Long broker,
      @Nullable Long streams,
      @Nullable Long landed,
      @Nullable String detail) {
    return new Difference(
        null,
        null,
        partition,
        measure,
        text(decimal(broker)),
        text(decimal(streams)),
        text(decimal(landed)),
        difference(decimal(broker), decimal(streams), decimal(landed)),
        detail);
  }

  static Difference ofRow(
      OrganizationHour hour,
      int partition,
      String measure,
      BigDecimal expected,
      BigDecimal landed,
      String detail) {
    return new Difference(
        hour.organization().value(),
        hour.hour().toString(),
        partition,
        measure,
        text(expected),
        null,
        text(landed),
        difference(expected, null, landed),
        detail);
  }

  /** The table minus the broker; where these agree or one is unknown, the other pairs. */
  private static String difference(
      @Nullable BigDecimal broker, @Nullable BigDecimal streams, @Nullable BigDecimal landed) {
    for (@Nullable BigDecimal[] pair :
        new @Nullable BigDecimal[][] {{broker, landed}, {broker, streams}, {streams, landed}}) {
      if (pair[0] != null && pair[1] != null && pair[0].compareTo(pair[1]) != 0) {
        return pair[1].subtract(pair[0]).toPlainString();
      }
    }
    return "0";
  }

  private static @Nullable BigDecimal decimal(@Nullable Long value) {
    return value == null ? null : BigDecimal.valueOf(value);
  }

  private static @Nullable String text(@Nullable BigDecimal value) {
    return value == null ? null : value.toPlainString();
  }
}
