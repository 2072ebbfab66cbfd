package io.tollgate.billing;

import com.fasterxml.jackson.annotation.JsonRawValue;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Money;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A page of buckets in the shape of OpenAI's usage and costs API. Fields of that API keep their
 * meaning; ours have names that it does not use.
 *
 * @param completeThrough unix seconds: every event that was accepted before it is in the numbers;
 *     null if not known
 */
record UsagePage(
    String object,
    List<Bucket> data,
    boolean hasMore,
    @Nullable String nextPage,
    @Nullable Long completeThrough) {

  record Bucket(String object, long startTime, long endTime, List<?> results) {}

  /**
   * Usage of one group.
   *
   * @param inputTokens all tokens on the input side, cached ones included, as OpenAI counts them
   * @param outputTokens all tokens on the output side, reasoning included
   * @param units ours: units per meter, which are disjoint
   */
  record Completions(
      String object,
      long inputTokens,
      long outputTokens,
      long inputCachedTokens,
      long inputAudioTokens,
      long outputAudioTokens,
      long numModelRequests,
      @Nullable String projectId,
      @Nullable String userId,
      @Nullable String apiKeyId,
      @Nullable String model,
      @Nullable Boolean batch,
      Map<String, Long> units) {}

  record Costs(
      String object,
      Amount amount,
      @Nullable String lineItem,
      @Nullable String projectId,
      @Nullable String apiKeyId) {}

  /**
   * Money where the imitated API has a number.
   *
   * @param value a JSON number with exact decimal text
   * @param valueExact ours: the same as a string, for readers whose numbers are binary
   * @param currency ISO 4217 in lower case
   */
  record Amount(@JsonRawValue String value, String valueExact, String currency) {
    static Amount of(Money money, String currency) {
      BigDecimal stripped = money.value().stripTrailingZeros();
      return new Amount(
          stripped.toPlainString(), money.toString(), currency.toLowerCase(Locale.ROOT));
    }
  }

  private record Group(
      @Nullable String projectId,
      @Nullable String apiKeyId,
      @Nullable String model,
      @Nullable String meter) {
    private static final Comparator<@Nullable String> NULLS_FIRST =
        Comparator.nullsFirst(Comparator.naturalOrder());
    static final Comparator<Group> ORDER =
        Comparator.comparing(Group::projectId, NULLS_FIRST)
            .thenComparing(Group::apiKeyId, NULLS_FIRST)
            .thenComparing(Group::model, NULLS_FIRST)
            .thenComparing(Group::meter, NULLS_FIRST);
  }

  private static final class Sum {
    private final Map<Meter, Long> units = new EnumMap<>(Meter.class);
    private long requests;
    private Money cost = Money.ZERO;
    private String currency = "";

    void add(UsageRow row) {
      Meter.find(row.meter()).ifPresent(meter -> units.merge(meter, row.units(), Math::addExact));
      requests = Math.addExact(requests, row.requests());
      cost = cost.plus(row.cost());
      currency = row.currency();
    }

    long of(Meter meter) {
      return units.getOrDefault(meter, 0L);
    }

    long of(Meter.Side side) {
      return units.entrySet().stream()
          .filter(unit -> unit.getKey().side() == side)
          .mapToLong(Map.Entry::getValue)
          .reduce(0, Math::addExact);
    }
  }

  /** Turns a group's sums into a result. */
  private interface Results {
    Object of(Group group, Sum sum);
  }

  static UsagePage completions(
      UsageQuery query, List<UsageRow> rows, Optional<Instant> completeThrough) {
    return page(query, rows, completeThrough, false, UsagePage::completions);
  }

  static UsagePage costs(UsageQuery query, List<UsageRow> rows, Optional<Instant> completeThrough) {
    boolean byMeter = query.groupBy().contains(Dimension.LINE_ITEM);
    return page(query, rows, completeThrough, byMeter, UsagePage::costs);
  }

  private static UsagePage page(
      UsageQuery query,
      List<UsageRow> rows,
      Optional<Instant> completeThrough,
      boolean byMeter,
      Results results) {
    Map<Instant, Map<Group, Sum>> sums = new TreeMap<>();
    for (UsageRow row : rows) {
      Group group =
          new Group(row.projectId(), row.apiKeyId(), row.model(), byMeter ? row.meter() : null);
      sums.computeIfAbsent(row.bucket(), none -> new TreeMap<>(Group.ORDER))
          .computeIfAbsent(group, none -> new Sum())
          .add(row);
    }
    List<Bucket> buckets = new ArrayList<>();
    for (UsageQuery.Bucket bucket : query.buckets()) {
      List<Object> found = new ArrayList<>();
      sums.getOrDefault(query.width().floor(bucket.start()), Map.of())
          .forEach((group, sum) -> found.add(results.of(group, sum)));
      buckets.add(
          new Bucket(
              "bucket", bucket.start().getEpochSecond(), bucket.end().getEpochSecond(), found));
    }
    Optional<String> next = query.nextPage();
    return new UsagePage(
        "page",
        buckets,
        next.isPresent(),
        next.orElse(null),
        completeThrough.map(Instant::getEpochSecond).orElse(null));
  }

  private static Completions completions(Group group, Sum sum) {
    Map<String, Long> units = new LinkedHashMap<>();
    sum.units.forEach((meter, count) -> units.put(meter.wireName(), count));
    return new Completions(
        "organization.usage.completions.result",
        sum.of(Meter.Side.INPUT_TOKENS),
        sum.of(Meter.Side.OUTPUT_TOKENS),
        sum.of(Meter.CACHE_READ) + sum.of(Meter.CACHE_READ_AUDIO) + sum.of(Meter.CACHE_READ_IMAGE),
        sum.of(Meter.INPUT_AUDIO) + sum.of(Meter.CACHE_READ_AUDIO),
        sum.of(Meter.OUTPUT_AUDIO),
        sum.requests,
        group.projectId(),
        null,
        group.apiKeyId(),
        group.model(),
        null,
        units);
  }

  private static Costs costs(Group group, Sum sum) {
    String lineItem =
        group.meter() == null ? null : Objects.requireNonNull(group.model()) + ", " + group.meter();
    return new Costs(
        "organization.costs.result",
        Amount.of(sum.cost, sum.currency),
        lineItem,
        group.projectId(),
        group.apiKeyId());
  }
}
