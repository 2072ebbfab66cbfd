package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.QuarterHour;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.PartitionOutcomes;
import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.SubjectKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The bodies of the role's answers. Times are epoch seconds, money is exact text. */
final class StreamsAnswers {
  private static final int QUARTERS_PER_HOUR = 4;
  private static final int SECONDS_PER_HOUR = 3_600;

  private StreamsAnswers() {}

  static Map<String, Object> outcomes(Collection<PartitionOutcomes> outcomes) {
    List<Map<String, Object>> partitions = new ArrayList<>();
    Map<String, Object> totals = new LinkedHashMap<>();
    outcomes.stream()
        .sorted(
            Comparator.comparingInt(PartitionOutcomes::getGeneration)
                .thenComparingInt(PartitionOutcomes::getPartition))
        .forEach(
            one -> {
              Map<String, Object> counts = counts(one);
              counts.forEach(
                  (name, count) -> totals.merge(name, count, (a, b) -> (long) a + (long) b));
              Map<String, Object> partition = new LinkedHashMap<>();
              partition.put("generation", one.getGeneration());
              partition.put("partition", one.getPartition());
              partition.put("next_offset", one.getNextOffset());
              partition.putAll(counts);
              partition.put("committed_at", one.getCommittedAt().getEpochSecond());
              partitions.add(partition);
            });
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("object", "streams.outcomes");
    answer.put("totals", totals);
    answer.put("partitions", partitions);
    return answer;
  }

  private static Map<String, Object> counts(PartitionOutcomes outcomes) {
    Map<String, Object> counts = new LinkedHashMap<>();
    counts.put("records", outcomes.getRecords());
    counts.put("rated", outcomes.getRated());
    counts.put("duplicate", outcomes.getDuplicate());
    counts.put("rejected", outcomes.getRejected());
    counts.put("conflict", outcomes.getConflict());
    counts.put("unrated", outcomes.getUnrated());
    counts.put("waiting", outcomes.getWaiting());
    counts.put("rerouted", outcomes.getRerouted());
    counts.put("voids", outcomes.getVoids());
    counts.put("withdrawn", outcomes.getWithdrawn());
    counts.put("written_off", outcomes.getWrittenOff());
    counts.put("reversals", outcomes.getReversals());
    return counts;
  }

  /**
   * Tallies of an organization by UTC hour.
   *
   * @param quarters its tallies by quarter-hour
   * @param positions up to which offset each source partition is in them, by generation/partition
   */
  static Map<String, Object> tallies(
      String organizationId,
      SortedMap<Integer, Tally> quarters,
      SortedMap<String, Long> positions) {
    SortedMap<Integer, Tally> hours = new TreeMap<>();
    Tally total = Tally.NONE;
    for (Map.Entry<Integer, Tally> quarter : quarters.entrySet()) {
      hours.merge(
          Math.floorDiv(quarter.getKey(), QUARTERS_PER_HOUR), quarter.getValue(), Tally::plus);
      total = total.plus(quarter.getValue());
    }
    List<Map<String, Object>> data = new ArrayList<>();
    hours.forEach(
        (hour, tally) -> {
          long start = new QuarterHour(hour * QUARTERS_PER_HOUR).start().getEpochSecond();
          Map<String, Object> one = new LinkedHashMap<>();
          one.put("start_time", start);
          one.put("end_time", start + SECONDS_PER_HOUR);
          one.putAll(sums(tally));
          data.add(one);
        });
    List<Map<String, Object>> vector = new ArrayList<>();
    positions.forEach(
        (partition, nextOffset) -> {
          String[] parts = partition.split("/", -1);
          Map<String, Object> one = new LinkedHashMap<>();
          one.put("generation", Integer.parseInt(parts[0]));
          one.put("partition", Integer.parseInt(parts[1]));
          one.put("next_offset", nextOffset);
          vector.add(one);
        });
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("object", "streams.tallies");
    answer.put("organization_id", organizationId);
    answer.put("total", sums(total));
    answer.put("hours", data);
    answer.put("positions", vector);
    return answer;
  }

  /**
   * What a question about live usage comes to.
   *
   * @param period empty where start and end were given
   * @param exact whether all of the scope's usage was tallied; that of users, models and features
   *     beyond the bounds is not
   */
  record Live(
      Scope scope,
      Optional<Period> period,
      PeriodWindow window,
      Tally sum,
      Optional<String> currency,
      boolean exact,
      Optional<Instant> completeThrough) {}

  static Map<String, Object> live(Live live) {
    Scope scope = live.scope();
    Subject subject = scope.subject();
    Instant end = live.window().end();
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("object", "organization.usage.live");
    answer.put("organization_id", scope.organizationId());
    answer.put("project_id", scope.kind() == ScopeKind.WORKSPACE ? scope.id() : null);
    answer.put("api_key_id", scope.kind() == ScopeKind.API_KEY ? scope.id() : null);
    for (SubjectKind kind : SubjectKind.values()) {
      answer.put(
          kind.name().toLowerCase(Locale.ROOT),
          subject != null && subject.kind() == kind ? subject.value() : null);
    }
    answer.put("period", live.period().map(Period::wireName).orElse(null));
    answer.put("start_time", live.window().start().getEpochSecond());
    answer.put("end_time", end == null ? null : end.getEpochSecond());
    answer.putAll(sums(live.sum()));
    if (subject != null) {
      // Users, models and features are tallied by requests and cost alone.
      answer.put("units", null);
    }
    answer.put("currency", live.currency().orElse(null));
    answer.put("exact", live.exact());
    answer.put(
        "complete_through", live.completeThrough().map(Instant::getEpochSecond).orElse(null));
    return answer;
  }

  private static Map<String, Object> sums(Tally tally) {
    Map<String, Object> sums = new LinkedHashMap<>();
    sums.put("requests", tally.requests());
    sums.put("units", tally.units().byName());
    sums.put("cost", tally.cost().toString());
    return sums;
  }

  static Map<String, Object> alert(BudgetAlert alert) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "organization.budget_alert");
    json.put(
        "id", alert.getAlertId() + "/" + alert.getKind().name().toLowerCase(java.util.Locale.ROOT));
    json.put("alert_id", alert.getAlertId());
    json.put("kind", alert.getKind().name().toLowerCase(java.util.Locale.ROOT));
    json.put("cause", alert.getCause().name().toLowerCase(java.util.Locale.ROOT));
    json.put("budget_id", alert.getBudgetId());
    json.put("budget_name", alert.getBudgetName());
    json.put("budget_version", alert.getBudgetVersion());
    json.put("scope", alert.getScope().name().toLowerCase(java.util.Locale.ROOT));
    json.put("project_id", alert.getWorkspaceId());
    json.put("api_key_id", alert.getApiKeyId());
    json.put(
        "subject_kind",
        alert.getSubjectKind() == null
            ? null
            : alert.getSubjectKind().name().toLowerCase(java.util.Locale.ROOT));
    json.put("subject", alert.getSubject());
    json.put("period", alert.getPeriod());
    json.put("period_start", alert.getPeriodStart().getEpochSecond());
    json.put(
        "period_end", alert.getPeriodEnd() == null ? null : alert.getPeriodEnd().getEpochSecond());
    json.put("threshold", alert.getThreshold().stripTrailingZeros().toPlainString());
    json.put("episode", alert.getEpisode());
    json.put("hard", alert.getHard());
    json.put("spend", Money.of(alert.getSpend()).toString());
    json.put("amount", Money.of(alert.getAmount()).toString());
    json.put("percentage", alert.getPercentage().toPlainString());
    json.put(
        "balance", alert.getBalance() == null ? null : Money.of(alert.getBalance()).toString());
    json.put(
        "low_balance",
        alert.getLowBalance() == null ? null : Money.of(alert.getLowBalance()).toString());
    json.put("currency", alert.getCurrency());
    json.put("raised_at", alert.getRaisedAt().getEpochSecond());
    return json;
  }
}
