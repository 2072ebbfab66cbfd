package io.tollgate.streams.simulation;

import static io.tollgate.streams.simulation.InvariantBroken.unless;

import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.PartitionOutcomes;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.RejectedUsage;
import io.tollgate.schemas.avro.UnratedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * The auditor of the meter topology: what became of every record of usage.events, judged anew from
 * the record, what was published and when it was looked at.
 */
final class UsageLedger {
  private static final long LONGEST_WAIT_MILLIS = 30_000;

  private final SimulatedBroker broker;
  private final Wire wire;
  private final byte[] eventHeader;
  private final AuditedTables tables;
  private final AuditedPrices prices;
  private final AuditedIntake intake;

  /** By partition and offset: every record that was read in a committed transaction. */
  private final Map<Integer, TreeMap<Long, Item>> items = new TreeMap<>();

  /** By identity the one record whose event counts. */
  private final Map<List<String>, Item> accepted = new HashMap<>();

  enum Outcome {
    NEW,
    WAITING,
    RATED,
    DUPLICATE,
    REJECTED,
    CONFLICT,
    UNRATED,
    REROUTED
  }

  /** One record of usage.events. */
  private static final class Item {
    private final SimulatedBroker.Entry entry;
    private final @Nullable UsageEvent event;

    /** When it was looked at in the transaction that is being audited. */
    private final List<Commit.Act> looks = new ArrayList<>();

    private Outcome outcome = Outcome.NEW;
    private long waitsSince;

    private Item(SimulatedBroker.Entry entry, @Nullable UsageEvent event) {
      this.entry = entry;
      this.event = event;
    }

    private boolean isOpen() {
      return outcome == Outcome.NEW || outcome == Outcome.WAITING || outcome == Outcome.UNRATED;
    }

    private UsageEvent event() {
      return Objects.requireNonNull(event);
    }

    private List<String> identity() {
      return List.of(event().getOrganizationId(), event().getSource(), event().getId());
    }

    @Override
    public String toString() {
      return "%d@%d %s (%s)"
          .formatted(
              entry.offset(), entry.partition(), event == null ? "?" : event.getId(), outcome);
    }
  }

  UsageLedger(
      SimulatedBroker broker,
      Wire wire,
      byte[] eventHeader,
      AuditedTables tables,
      AuditedPrices prices) {
    this.broker = broker;
    this.wire = wire;
    this.eventHeader = eventHeader;
    this.tables = tables;
    this.prices = prices;
    this.intake = new AuditedIntake(tables, broker.partitions(Application.METER.source()));
  }

  void audit(Commit commit) {
    List<Item> looked = look(commit);
    Map<Integer, TreeMap<Long, List<SpecificRecord>>> told = told(commit);
    // What counts first: others are judged against it.
    told.forEach(
        (partition, byOffset) ->
            byOffset.forEach((offset, records) -> accept(item(partition, offset), records)));
    Deque<SimulatedBroker.Entry> rerouted = new ArrayDeque<>();
    commit.written().stream()
        .filter(entry -> entry.topic().equals(Application.METER.source()))
        .forEach(rerouted::add);
    for (Item item : looked) {
      List<SpecificRecord> records =
          told.getOrDefault(item.entry.partition(), new TreeMap<>()).remove(item.entry.offset());
      resolve(item, records == null ? List.of() : records, rerouted);
      item.looks.clear();
    }
    unless(rerouted.isEmpty(), "one-outcome-per-offset", "a re-routed record of nothing");
    told.forEach(
        (partition, left) ->
            unless(
                left.isEmpty(),
                "one-outcome-per-offset",
                "partition %d: output for records that were final or not read: %s",
                partition,
                left.keySet()));
    countOutcomes(commit);
  }

  /** Every record that could have changed its outcome, with the looks that were taken at it. */
  private List<Item> look(Commit commit) {
    List<Item> looked = new ArrayList<>();
    for (TreeMap<Long, Item> ofPartition : items.values()) {
      ofPartition.values().stream().filter(Item::isOpen).forEach(looked::add);
    }
    for (Commit.Act act : commit.acts()) {
      switch (act) {
        case Commit.Act.Read read -> {
          SimulatedBroker.Entry entry =
              Objects.requireNonNull(
                  broker.log(Application.METER.source(), read.partition()).from(read.offset()));
          Item item = new Item(entry, wire.tryToRead(entry.value(), UsageEvent.class, eventHeader));
          Item before =
              items
                  .computeIfAbsent(read.partition(), p -> new TreeMap<>())
                  .putIfAbsent(read.offset(), item);
          unless(before == null, "one-outcome-per-offset", "read twice: %s", item);
          item.waitsSince = read.at();
          item.looks.add(read);
          looked.add(item);
        }
        case Commit.Act.Punctuated punctuated -> {
          for (Item item : looked) {
            if (item.entry.partition() == punctuated.partition()) {
              item.looks.add(punctuated);
            }
          }
        }
      }
    }
    return looked;
  }

  private Map<Integer, TreeMap<Long, List<SpecificRecord>>> told(Commit commit) {
    Map<Integer, TreeMap<Long, List<SpecificRecord>>> told = new TreeMap<>();
    for (SimulatedBroker.Entry entry : commit.written()) {
      SpecificRecord record;
      Position position;
      switch (entry.topic()) {
        case "usage.rated" -> {
          RatedUsage rated = wire.read(entry.value(), RatedUsage.class);
          record = rated;
          position = rated.getPosition();
        }
        case "usage.unrated" -> {
          UnratedUsage unrated = wire.read(entry.value(), UnratedUsage.class);
          record = unrated;
          position = unrated.getPosition();
        }
        case "usage.rejected" -> {
          RejectedUsage rejected = wire.read(entry.value(), RejectedUsage.class);
          record = rejected;
          position = rejected.getPosition();
        }
        default -> {
          continue;
        }
      }
      unless(
          position.getPartition() == entry.partition(),
          "on-its-partition",
          "%s of partition %d is on %d",
          entry.topic(),
          position.getPartition(),
          entry.partition());
      told.computeIfAbsent(position.getPartition(), p -> new TreeMap<>())
          .computeIfAbsent(position.getOffset(), o -> new ArrayList<>())
          .add(record);
    }
    return told;
  }

  private Item item(int partition, long offset) {
    Item item = items.getOrDefault(partition, new TreeMap<>()).get(offset);
    unless(item != null, "one-outcome-per-offset", "output for %d@%d, not read", offset, partition);
    return Objects.requireNonNull(item);
  }

  private void accept(Item item, List<SpecificRecord> records) {
    for (SpecificRecord record : records) {
      if (record instanceof RatedUsage || record instanceof UnratedUsage) {
        unless(item.event != null, "one-outcome-per-offset", "%s is no event", item);
        Item before = accepted.putIfAbsent(item.identity(), item);
        unless(
            before == null || before == item,
            "nothing-billed-twice",
            "%s counts, and so does %s",
            item,
            before);
      }
    }
  }

  private void resolve(
      Item item, List<SpecificRecord> records, Deque<SimulatedBroker.Entry> rerouted) {
    for (SpecificRecord record : records) {
      unless(item.isOpen(), "one-outcome-per-offset", "%s got another outcome", item);
      switch (record) {
        case RatedUsage rated -> resolve(item, rated);
        case UnratedUsage unrated -> resolve(item, unrated);
        case RejectedUsage rejected -> resolve(item, rejected);
        default -> throw new IllegalStateException("not an outcome: " + record);
      }
    }
    if (item.outcome != Outcome.NEW) {
      return;
    }
    AuditedIntake.Finding finding = finding(item, item.looks.getFirst());
    switch (finding.fate()) {
      case REROUTED -> {
        SimulatedBroker.Entry copy = rerouted.poll();
        unless(copy != null, "no-event-lost", "%s was not re-routed", item);
        checkCopy(item, Objects.requireNonNull(copy));
        item.outcome = Outcome.REROUTED;
      }
      case WAITS -> item.outcome = Outcome.WAITING;
      case ADMITTED -> resolveDuplicate(item);
      case REJECTED ->
          throw new InvariantBroken(
              "no-event-lost", "%s has no outcome but is %s".formatted(item, finding.reason()));
    }
  }

  private void checkCopy(Item item, SimulatedBroker.Entry copy) {
    Header accepted = copy.headers().lastHeader("tollgate-accepted-at");
    unless(
        Arrays.equals(copy.value(), item.entry.value())
            && Arrays.equals(copy.key(), item.entry.key())
            && copy.partition() == intake.home(item.event())
            && copy.headers().lastHeader("tollgate-rerouted") != null
            && accepted != null
            && new java.math.BigInteger(accepted.value()).longValueExact()
                == AuditedIntake.acceptedAt(item.entry).toEpochMilli(),
        "no-event-lost",
        "%s was not re-routed as it is",
        item);
  }

  private void resolveDuplicate(Item item) {
    Item first = accepted.get(item.identity());
    unless(first != null, "no-event-lost", "%s is nowhere", item);
    unless(
        sameBody(Objects.requireNonNull(first), item),
        "no-event-lost",
        "%s was dropped as a duplicate of %s, which has another body",
        item,
        first);
    unless(
        first != item && first.entry.offset() < item.entry.offset(),
        "first-wins",
        "%s was dropped for a later one, %s",
        item,
        first);
    item.outcome = Outcome.DUPLICATE;
  }

  private void resolve(Item item, RatedUsage rated) {
    checkPosition(item, rated.getPosition());
    unless(rated.getEvent().equals(item.event()), "cost-is-exact", "%s was rated as another", item);
    boolean admitted = false;
    for (Commit.Act look : item.looks) {
      if (item.outcome == Outcome.UNRATED || isAdmitted(item, look)) {
        admitted = true;
        AuditedPrices.Cost cost = prices.of(item.event(), currency(item, look), look.tables());
        if (cost != null && isCost(rated, cost, currency(item, look))) {
          item.outcome = Outcome.RATED;
          return;
        }
      }
    }
    unless(admitted, "only-admitted-is-billed", "%s should not have been rated", item);
    throw new InvariantBroken(
        "cost-is-exact",
        "%s: %s %d gives %s, which nothing published then does"
            .formatted(item, rated.getPriceBookId(), rated.getPriceVersion(), rated.getCost()));
  }

  private static boolean isCost(RatedUsage rated, AuditedPrices.Cost cost, String currency) {
    if (!rated.getPriceBookId().equals(cost.book())
        || rated.getPriceVersion() != cost.version()
        || !Objects.equals(rated.getContextOver(), cost.contextOver())
        || !rated.getCurrency().equals(currency)
        || rated.getCost().compareTo(cost.total()) != 0
        || rated.getCharges().size() != cost.lines().size()) {
      return false;
    }
    return rated.getCharges().stream()
        .allMatch(
            charge -> {
              AuditedPrices.Line line = cost.lines().get(charge.getMeter());
              return line != null
                  && charge.getUnits() == line.units()
                  && charge.getRate().compareTo(line.rate()) == 0
                  && charge.getCost().compareTo(line.cost()) == 0;
            });
  }

  private void resolve(Item item, UnratedUsage unrated) {
    checkPosition(item, unrated.getPosition());
    unless(item.outcome != Outcome.UNRATED, "one-outcome-per-offset", "%s, twice unrated", item);
    unless(
        unrated.getEvent().equals(item.event())
            && item.looks.stream()
                .anyMatch(
                    look ->
                        isAdmitted(item, look)
                            && prices.of(item.event(), currency(item, look), look.tables())
                                == null),
        "unrated-has-no-price",
        "%s has a price",
        item);
    item.outcome = Outcome.UNRATED;
  }

  private void resolve(Item item, RejectedUsage rejected) {
    checkPosition(item, rejected.getPosition());
    unless(
        item.outcome != Outcome.UNRATED, "no-event-lost", "%s was rejected after it counted", item);
    String reason = rejected.getReason();
    boolean right =
        item.looks.stream()
            .anyMatch(
                look -> {
                  AuditedIntake.Finding finding = finding(item, look);
                  return switch (finding.fate()) {
                    case REJECTED -> finding.reason().equals(reason);
                    case WAITS ->
                        reason.equals("unknown_tenant")
                            && look.at() - item.waitsSince >= LONGEST_WAIT_MILLIS;
                    case ADMITTED -> reason.equals("conflict");
                    case REROUTED -> false;
                  };
                });
    unless(right, "rejected-for-a-reason", "%s is not %s", item, reason);
    byte[] bytes = item.entry.value() == null ? new byte[0] : item.entry.value();
    unless(
        rejected.getValueBytes().equals(java.nio.ByteBuffer.wrap(bytes)),
        "rejected-is-kept",
        "%s: its bytes are not kept",
        item);
    if (reason.equals("conflict")) {
      Item first = accepted.get(item.identity());
      unless(
          first != null && !sameBody(first, item),
          "no-event-lost",
          "%s conflicts with nothing, or with its own copy",
          item);
      item.outcome = Outcome.CONFLICT;
    } else {
      item.outcome = Outcome.REJECTED;
    }
  }

  private static void checkPosition(Item item, Position told) {
    unless(
        told.getAppendedAt().equals(Instant.ofEpochMilli(item.entry.appendedAt()))
            && told.getAcceptedAt().equals(AuditedIntake.acceptedAt(item.entry)),
        "positions-are-true",
        "%s: %s",
        item,
        told);
  }

  private AuditedIntake.Finding finding(Item item, Commit.Act look) {
    return intake.judge(item.entry, item.event, look.tables());
  }

  /** A record that does not wait is judged when it is read, and then only. */
  private boolean isAdmitted(Item item, Commit.Act look) {
    if (look != item.looks.getFirst() && item.outcome == Outcome.NEW) {
      AuditedIntake.Fate first = finding(item, item.looks.getFirst()).fate();
      if (first != AuditedIntake.Fate.WAITS) {
        return false;
      }
    }
    return finding(item, look).fate() == AuditedIntake.Fate.ADMITTED;
  }

  private String currency(Item item, Commit.Act look) {
    Organization organization =
        tables.organization(item.event().getOrganizationId(), look.tables());
    return Objects.requireNonNull(organization).getCurrency();
  }

  private static boolean sameBody(Item one, Item other) {
    UsageEvent first = UsageEvent.newBuilder(one.event()).setBackfillId(null).build();
    return first.equals(UsageEvent.newBuilder(other.event()).setBackfillId(null).build());
  }

  /** The counts told with the commit are those of the ledger. */
  private void countOutcomes(Commit commit) {
    Map<Integer, PartitionOutcomes> told = new TreeMap<>();
    for (SimulatedBroker.Entry entry : commit.written()) {
      if (entry.topic().equals("usage.outcomes")) {
        told.put(entry.partition(), wire.read(entry.value(), PartitionOutcomes.class));
      }
    }
    told.forEach(this::checkCounts);
    for (Commit.Act act : commit.acts()) {
      unless(
          act instanceof Commit.Act.Punctuated || told.containsKey(act.partition()),
          "one-outcome-per-offset",
          "partition %d was read, and its outcomes were not told",
          act.partition());
    }
  }

  private void checkCounts(int partition, PartitionOutcomes told) {
    TreeMap<Long, Item> ofPartition = items.getOrDefault(partition, new TreeMap<>());
    settleCopies(ofPartition, told.getWaiting());
    Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
    ofPartition.values().forEach(item -> counts.merge(item.outcome, 1L, Long::sum));
    long copies = counts.getOrDefault(Outcome.WAITING, 0L) - told.getWaiting();
    Map<Outcome, Long> said = new EnumMap<>(Outcome.class);
    said.put(Outcome.RATED, told.getRated());
    said.put(Outcome.DUPLICATE, told.getDuplicate() - copies);
    said.put(Outcome.REJECTED, told.getRejected() - told.getConflict());
    said.put(Outcome.CONFLICT, told.getConflict());
    said.put(Outcome.UNRATED, told.getUnrated());
    said.put(Outcome.WAITING, told.getWaiting() + copies);
    said.put(Outcome.REROUTED, told.getRerouted());
    said.values().removeIf(count -> count == 0);
    unless(
        said.equals(counts)
            && told.getRecords() == ofPartition.size()
            && copies >= 0
            && copies <= ofPartition.values().stream().filter(this::mayBeCopy).count(),
        "one-outcome-per-offset",
        "partition %d: told %s, are %s",
        partition,
        said,
        counts);
    unless(
        told.getNextOffset() == ofPartition.lastKey() + 1,
        "one-outcome-per-offset",
        "partition %d: told up to %d, read up to %d",
        partition,
        told.getNextOffset(),
        ofPartition.lastKey());
  }

  /**
   * Whether a waiting record may have become a duplicate, which only the counts tell: its body
   * counts already.
   */
  private boolean mayBeCopy(Item item) {
    if (item.outcome != Outcome.WAITING) {
      return false;
    }
    Item first = accepted.get(item.identity());
    return first != null && sameBody(first, item);
  }

  /** Where no more wait than must, those that may be copies are. */
  private void settleCopies(TreeMap<Long, Item> ofPartition, long waiting) {
    List<Item> copies = ofPartition.values().stream().filter(this::mayBeCopy).toList();
    long waitingHere =
        ofPartition.values().stream().filter(item -> item.outcome == Outcome.WAITING).count();
    if (waitingHere - copies.size() == waiting) {
      copies.forEach(item -> item.outcome = Outcome.DUPLICATE);
    }
  }

  /** At rest nothing waits, and what has a price is rated. */
  void auditAtRest(TablePositions everything) {
    items
        .values()
        .forEach(
            ofPartition ->
                ofPartition
                    .values()
                    .forEach(
                        item -> {
                          unless(
                              item.outcome != Outcome.WAITING && item.outcome != Outcome.NEW,
                              "no-event-lost",
                              "%s waits for good",
                              item);
                          unless(
                              item.outcome != Outcome.UNRATED
                                  || prices.of(
                                          item.event(),
                                          Objects.requireNonNull(
                                                  tables.organization(
                                                      item.event().getOrganizationId(), everything))
                                              .getCurrency(),
                                          everything)
                                      == null,
                              "no-event-lost",
                              "%s has a price and is not rated",
                              item);
                        }));
    int partitions = broker.partitions(Application.METER.source());
    for (int partition = 0; partition < partitions; partition++) {
      int all = broker.log(Application.METER.source(), partition).entries().size();
      int known = items.getOrDefault(partition, new TreeMap<>()).size();
      unless(all == known, "no-event-lost", "partition %d: %d of %d", partition, known, all);
    }
  }
}
