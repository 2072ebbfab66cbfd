package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.SubjectEntry;
import io.tollgate.schemas.avro.UsageDelta;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Adds each delta to the tallies of its keys, their workspaces and the organization, and remembers
 * up to which source offset an organization's deltas have come.
 */
final class TallyByScope implements Processor<String, UsageDelta, String, ScopeChanges> {
  private @Nullable ProcessorContext<String, ScopeChanges> context;
  private @Nullable KeyValueStore<Bytes, byte[]> tallies;
  private @Nullable KeyValueStore<String, Long> positions;

  @Override
  public void init(ProcessorContext<String, ScopeChanges> context) {
    this.context = context;
    this.tallies = context.getStateStore(BudgetTopology.TALLIES);
    this.positions = context.getStateStore(BudgetTopology.TALLY_POSITIONS);
  }

  @Override
  public void process(Record<String, UsageDelta> record) {
    UsageDelta delta = record.value();
    Map<Scope, Map<Integer, Tally>> added = byScope(delta);
    added.forEach(
        (scope, quarters) -> quarters.forEach((quarter, tally) -> add(scope, quarter, tally)));
    if (delta.getPart() == delta.getParts() - 1) {
      String position =
          delta.getOrganizationId() + '/' + delta.getGeneration() + '/' + delta.getPartition();
      required(positions).put(position, delta.getNextOffset());
    }
    required(context)
        .forward(
            record.withValue(
                new ScopeChanges(delta.getOrganizationId(), delta.getCurrency(), added)));
  }

  private void add(Scope scope, int quarterHour, Tally tally) {
    KeyValueStore<Bytes, byte[]> store = required(tallies);
    Bytes key = TallyKey.of(scope, quarterHour);
    byte[] before = store.get(key);
    store.put(key, (before == null ? tally : Tally.fromBytes(before).plus(tally)).toBytes());
  }

  /**
   * Sums within the delta first: thousands of keys of one organization touch its own tally once.
   */
  static Map<Scope, Map<Integer, Tally>> byScope(UsageDelta delta) {
    Map<Scope, Map<Integer, Tally>> added = new HashMap<>();
    String organization = delta.getOrganizationId();
    for (DeltaEntry entry : delta.getEntries()) {
      Tally tally = new Tally(entry.getRequests(), entry.getUnits(), Money.of(entry.getCost()));
      int quarter = entry.getQuarterHour();
      for (Scope scope : nodes(organization, entry.getWorkspaceId(), entry.getApiKeyId())) {
        added.computeIfAbsent(scope, s -> new HashMap<>()).merge(quarter, tally, Tally::plus);
      }
    }
    for (SubjectEntry entry : delta.getSubjects()) {
      Tally tally = new Tally(entry.getRequests(), Map.of(), Money.of(entry.getCost()));
      int quarter = entry.getQuarterHour();
      Subject subject = new Subject(entry.getKind(), entry.getValue());
      for (Scope node : nodes(organization, entry.getWorkspaceId(), entry.getApiKeyId())) {
        added
            .computeIfAbsent(node.inside(subject), s -> new HashMap<>())
            .merge(quarter, tally, Tally::plus);
      }
    }
    return added;
  }

  private static List<Scope> nodes(String organization, String workspace, String apiKey) {
    return List.of(
        Scope.organization(organization),
        Scope.workspace(organization, workspace),
        Scope.apiKey(organization, apiKey));
  }

  private static <T> T required(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("not initialized");
    }
    return value;
  }
}
