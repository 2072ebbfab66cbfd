package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.SubjectEntry;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one delta added. The tallies include it already.
 *
 * @param currency of the costs
 * @param nodes per organization, workspace and key, and quarter-hour
 * @param subjects of the users, models and features that are tallied: nearly all of them are judged
 *     by nobody, so that they are summed up only where somebody asks
 * @param seconds per scope and second of append; of organizations with a limit per minute only
 * @param appendedFrom append time of the oldest usage in the commit; null where an older version
 *     wrote the delta
 */
record ScopeChanges(
    String organizationId,
    String currency,
    Map<Scope, Map<Integer, Tally>> nodes,
    List<SubjectEntry> subjects,
    Map<Scope, Map<Long, RateWindow.Count>> seconds,
    @Nullable Instant appendedFrom)
    implements LimitInput {

  /** The sums of each of these users, models and features that was used, in each node. */
  Map<Scope, Map<Integer, Tally>> inside(Set<Subject> wanted) {
    Map<Scope, Map<Integer, Tally>> added = new HashMap<>();
    if (wanted.isEmpty()) {
      return added;
    }
    for (SubjectEntry entry : subjects) {
      Subject subject = new Subject(entry.getKind(), entry.getValue());
      if (wanted.contains(subject)) {
        Tally tally = new Tally(entry.getRequests(), Units.NONE, Money.of(entry.getCost()));
        for (Scope node : nodes(organizationId, entry.getWorkspaceId(), entry.getApiKeyId())) {
          add(added, node.inside(subject), entry.getQuarterHour(), tally);
        }
      }
    }
    return added;
  }

  /** The sums of one scope by quarter-hour; none if it was not used. */
  Map<Integer, Tally> of(Scope scope) {
    Subject subject = scope.subject();
    return (subject == null ? nodes : inside(Set.of(subject))).getOrDefault(scope, Map.of());
  }

  /** The nodes that usage of a key counts for. */
  static List<Scope> nodes(String organizationId, String workspaceId, String apiKeyId) {
    return List.of(
        Scope.organization(organizationId),
        Scope.workspace(organizationId, workspaceId),
        Scope.apiKey(organizationId, apiKeyId));
  }

  /** Adds to a sum. Most scopes have one quarter-hour in a delta, for which no table is made. */
  static void add(Map<Scope, Map<Integer, Tally>> added, Scope to, int quarterHour, Tally tally) {
    Map<Integer, Tally> known = added.get(to);
    if (known == null) {
      added.put(to, Map.of(quarterHour, tally));
    } else if (known instanceof HashMap) {
      known.merge(quarterHour, tally, Tally::plus);
    } else {
      Tally sum = known.get(quarterHour);
      if (sum != null) {
        added.put(to, Map.of(quarterHour, sum.plus(tally)));
      } else {
        Map<Integer, Tally> several = new HashMap<>(known);
        several.put(quarterHour, tally);
        added.put(to, several);
      }
    }
  }
}
