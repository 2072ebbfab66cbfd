package io.tollgate.billing;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What {@code GET /v1/platform/landing} answers. Positions and rows are of the whole installation;
 * state and error of the landing in this process, null where it is elsewhere.
 *
 * @param lag offsets of usage.rated still to land, transaction markers included
 * @param landedRows in the table
 * @param completeThrough unix seconds; null if not known yet
 */
record LandingAnswer(
    String object,
    @Nullable String state,
    @Nullable String lastError,
    long lag,
    long landedRows,
    @Nullable Long completeThrough,
    List<Partition> partitions) {

  record Partition(int partition, long landedOffset, long endOffset, long lag) {}

  static LandingAnswer of(
      Optional<LandingStatus> here,
      Map<Integer, Long> landed,
      Map<Integer, Long> ends,
      long landedRows,
      @Nullable Long completeThrough) {
    List<Partition> partitions = new ArrayList<>();
    ends.forEach(
        (partition, end) -> {
          long offset = landed.getOrDefault(partition, 0L);
          partitions.add(new Partition(partition, offset, end, Math.max(0, end - offset)));
        });
    return new LandingAnswer(
        "landing",
        here.map(status -> status.state().name().toLowerCase(Locale.ROOT)).orElse(null),
        here.flatMap(LandingStatus::lastError).orElse(null),
        partitions.stream().mapToLong(Partition::lag).sum(),
        landedRows,
        completeThrough,
        partitions);
  }
}
