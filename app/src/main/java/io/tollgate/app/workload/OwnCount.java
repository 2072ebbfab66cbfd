package io.tollgate.app.workload;

import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What a workload itself counted, each event once: the yardstick for what the line counts. Exact
 * decimals, by the price list's own arithmetic.
 */
public final class OwnCount {
  private final Map<Group, Sums> groups = new TreeMap<>();
  private final Sums total = new Sums();

  private OwnCount() {}

  /** What the figures are kept by. */
  public record Group(OrganizationId organization, WorkspaceId workspace, String model)
      implements Comparable<Group> {
    private static final Comparator<Group> ORDER =
        Comparator.comparing(Group::organization)
            .thenComparing(Group::workspace)
            .thenComparing(Group::model);

    @Override
    public int compareTo(Group other) {
      return ORDER.compare(this, other);
    }
  }

  /** Sums of one group; only this class adds to them. */
  public static final class Sums {
    private long requests;
    private long inputTokens;
    private long outputTokens;
    private BigDecimal cost = BigDecimal.ZERO;

    private Sums() {}

    public long requests() {
      return requests;
    }

    public long inputTokens() {
      return inputTokens;
    }

    public long outputTokens() {
      return outputTokens;
    }

    public BigDecimal cost() {
      return cost;
    }

    private void add(PlannedEvent event, BigDecimal added) {
      requests++;
      inputTokens += event.inputTokens();
      outputTokens += event.outputTokens();
      cost = cost.add(added);
    }
  }

  /** Counts the whole workload. */
  public static OwnCount of(Workload workload, PriceList prices) {
    OwnCount count = new OwnCount();
    Map<PriceList.ModelName, PriceList.PricedModel> byName = prices.byName();
    workload.forEach(
        event -> {
          if (!event.resent()) {
            PriceList.PricedModel model =
                byName.get(new PriceList.ModelName(event.provider(), event.model()));
            if (model == null) {
              throw new IllegalStateException(
                  "no price for " + event.provider() + "/" + event.model());
            }
            BigDecimal cost = model.cost(event.units());
            Group group =
                new Group(
                    event.seat().organization().id(), event.seat().workspace().id(), event.model());
            count.groups.computeIfAbsent(group, g -> new Sums()).add(event, cost);
            count.total.add(event, cost);
          }
        });
    return count;
  }

  public Map<Group, Sums> groups() {
    return Collections.unmodifiableMap(groups);
  }

  public Sums total() {
    return total;
  }

  public BigDecimal spend(OrganizationId organization) {
    return spend(group -> group.organization().equals(organization));
  }

  public BigDecimal spend(WorkspaceId workspace) {
    return spend(group -> group.workspace().equals(workspace));
  }

  private BigDecimal spend(Predicate<Group> wanted) {
    return groups.entrySet().stream()
        .filter(entry -> wanted.test(entry.getKey()))
        .map(entry -> entry.getValue().cost())
        .reduce(BigDecimal.ZERO, BigDecimal::add);
  }
}
