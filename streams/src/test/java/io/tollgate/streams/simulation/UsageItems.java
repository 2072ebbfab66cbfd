package io.tollgate.streams.simulation;

import static io.tollgate.streams.simulation.InvariantBroken.unless;

import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.RejectedUsage;
import io.tollgate.schemas.avro.UnratedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;

/**
 * Every record of usage.events that was read in a committed transaction, and what each transaction
 * read and told of them.
 */
final class UsageItems {
  private final SimulatedBroker broker;
  private final Wire wire;
  private final byte[] eventHeader;

  /** By partition and offset. */
  private final Map<Integer, TreeMap<Long, UsageItem>> items = new TreeMap<>();

  UsageItems(SimulatedBroker broker, Wire wire, byte[] eventHeader) {
    this.broker = broker;
    this.wire = wire;
    this.eventHeader = eventHeader;
  }

  /** All of them, by partition and offset. */
  Map<Integer, TreeMap<Long, UsageItem>> all() {
    return items;
  }

  /** Every record that could have changed its outcome, with the looks that were taken at it. */
  List<UsageItem> look(Commit commit) {
    List<UsageItem> looked = new ArrayList<>();
    for (TreeMap<Long, UsageItem> ofPartition : items.values()) {
      ofPartition.values().stream().filter(UsageItem::isOpen).forEach(looked::add);
    }
    for (Commit.Act act : commit.acts()) {
      switch (act) {
        case Commit.Act.Read read -> {
          SimulatedBroker.Entry entry =
              Objects.requireNonNull(
                  broker.log(Application.METER.source(), read.partition()).from(read.offset()));
          UsageItem item =
              new UsageItem(entry, wire.tryToRead(entry.value(), UsageEvent.class, eventHeader));
          UsageItem before =
              items
                  .computeIfAbsent(read.partition(), p -> new TreeMap<>())
                  .putIfAbsent(read.offset(), item);
          unless(before == null, "one-outcome-per-offset", "read twice: %s", item);
          // What waits for its original is looked at when that comes.
          for (UsageItem open : looked) {
            if (open.correction() != null && open.entry.partition() == read.partition()) {
              open.looks.add(read);
            }
          }
          item.waitsSince = read.at();
          item.looks.add(read);
          looked.add(item);
        }
        case Commit.Act.Punctuated punctuated -> {
          for (UsageItem item : looked) {
            if (item.entry.partition() == punctuated.partition()) {
              item.looks.add(punctuated);
            }
          }
        }
      }
    }
    return looked;
  }

  /** What a transaction wrote of records, by their partition and offset. */
  Map<Integer, TreeMap<Long, List<SpecificRecord>>> told(Commit commit) {
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

  UsageItem item(int partition, long offset) {
    UsageItem item = items.getOrDefault(partition, new TreeMap<>()).get(offset);
    unless(item != null, "one-outcome-per-offset", "output for %d@%d, not read", offset, partition);
    return Objects.requireNonNull(item);
  }
}
