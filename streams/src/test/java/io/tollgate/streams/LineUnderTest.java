package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.avro.Charge;
import io.tollgate.schemas.avro.RatedKind;
import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.SubjectKind;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.TaskId;
import org.jspecify.annotations.Nullable;

/** The real topologies, for the simulation: its package sees nothing else of this one. */
public final class LineUnderTest {
  private static final int PENDING = 12;
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final int PER_COMMIT = 3;

  private LineUnderTest() {}

  /**
   * The meter topology with tables of its own, as one instance has it.
   *
   * @param parkingPlaces per partition for events without a price
   */
  public static Topology meter(SchemaIds ids, Disks disks, int partitions, int parkingPlaces) {
    MeterBounds usual = MeterBounds.standard();
    MeterBounds bounds =
        new MeterBounds(
            usual.mostWaiting(),
            usual.longestWait(),
            usual.mostRemembered(),
            parkingPlaces,
            usual.rateAtOnce());
    return MeterTopology.build(ids, new GlobalTables(ids), partitions, bounds, disks.stores());
  }

  /**
   * The budget topology with tables of its own. What is pending is added to the cells over many
   * commits, so that crashes come between. Nothing is done by the clock more often than limits are
   * looked at: whenever something is, the auditor may hold all limits against what it knows.
   */
  public static Topology budget(SchemaIds ids, Disks disks, int partitions) {
    return BudgetTopology.build(
        new GlobalTables(ids),
        ids,
        partitions,
        BudgetBounds.standard().folding(PENDING, PER_COMMIT).committingAlerts(LOOK),
        new SubjectsLeftOut(),
        new ConsistentReads(partitions),
        disks.stores());
  }

  /** What simulated processes leave behind; in memory, since opening RocksDB takes too long. */
  public static final class Disks {
    private final Map<Path, MemoryCells> cells = new HashMap<>();
    private final boolean early;

    /**
     * @param early a fault: files have what was logged before it is committed
     */
    public Disks(boolean early) {
      this.early = early;
    }

    private CommittedStores stores() {
      return early ? new EarlyStores(this::open) : new CommittedStores(this::open);
    }

    private CommittedCells open(Path folder, String store) {
      MemoryCells found = cells.computeIfAbsent(folder.resolve(store), path -> new MemoryCells());
      if (found.offset() == Changelog.NO_OFFSET) {
        found.forget();
      }
      return found;
    }
  }

  private static final class EarlyStores extends CommittedStores {
    private EarlyStores(Files files) {
      super(files);
    }

    @Override
    void logged(TaskId task, boolean committed) {
      super.logged(task, committed);
      super.logged(task, true);
      takeOver(task);
    }
  }

  /** Whether a record between processors is an admitted event that corrects nothing. */
  public static boolean isEvent(Object value) {
    return value instanceof AdmittedEvent admitted && admitted.event().getCorrection() == null;
  }

  /** Adds the smallest amount to what usage on its way costs; nothing to others. */
  public static void costMore(Object value) {
    if (value instanceof RatedEvent event && event.rated().getKind() == RatedKind.USAGE) {
      // The same however often it is asked: a rated event goes two ways.
      BigDecimal cost = BigDecimal.ZERO.setScale(event.rated().getCost().scale());
      for (Charge charge : event.rated().getCharges()) {
        cost = cost.add(charge.getCost());
      }
      event.rated().setCost(cost.add(cost.ulp()));
    }
  }

  /** The kind of a rated event on its way; null for others. */
  public static @Nullable RatedKind kindOf(Object value) {
    return value instanceof RatedEvent event ? event.rated().getKind() : null;
  }

  /** Takes what was given back to an organization out of what its wallet is told; else nothing. */
  public static void giveNothingBack(Object value) {
    if (value instanceof ScopeChanges changes) {
      Scope organization = Scope.organization(changes.organizationId());
      changes
          .nodes()
          .computeIfPresent(
              organization,
              (scope, quarters) -> {
                Map<Integer, Tally> given = new HashMap<>(quarters);
                given.replaceAll(
                    (quarter, tally) ->
                        tally.cost().value().signum() < 0
                            ? new Tally(tally.requests(), tally.units(), Money.ZERO)
                            : tally);
                return given;
              });
    }
  }

  /** Reads the stores of a task. */
  public interface Stores {
    /** All entries from a key to another, both included. */
    <K, V> List<KeyValue<K, V>> range(String store, K from, K to);
  }

  /**
   * A question about live usage.
   *
   * @param period by its wire name
   */
  public record Asked(
      String organization,
      ScopeKind kind,
      String id,
      @Nullable SubjectKind subjectKind,
      @Nullable String subject,
      String period) {
    private Scope scope() {
      Scope node = new Scope(organization, kind, id, null);
      return subjectKind == null || subject == null
          ? node
          : node.inside(new Subject(subjectKind, subject));
    }
  }

  /**
   * An answer about live usage.
   *
   * @param start of the period, inclusive
   * @param end exclusive; null for all time
   */
  public record LiveSum(
      Instant start,
      @Nullable Instant end,
      long requests,
      Map<String, Long> units,
      BigDecimal cost) {}

  /** Answers as live usage does, for an organization that has been used. */
  public static LiveSum live(Stores stores, Asked asked, Instant now) {
    LiveTallies tallies =
        new LiveTallies(
            new LiveTallies.Stores() {
              @Override
              public <K, V> List<KeyValue<K, V>> range(String store, K from, K to) {
                return stores.range(store, from, to);
              }
            });
    Scope scope = asked.scope();
    PeriodWindow window =
        new LiveWindow(Optional.of(Period.of(asked.period())), Optional.empty(), Optional.empty())
            .window(
                Objects.requireNonNull(tallies.state(asked.organization()).zones()),
                now,
                LiveTallies.keptAsQuarters(scope, BudgetBounds.standard()));
    Tally sum = tallies.sum(scope, window);
    return new LiveSum(
        window.start(), window.end(), sum.requests(), sum.units().byName(), sum.cost().value());
  }
}
