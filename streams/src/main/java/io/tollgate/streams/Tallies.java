package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.QuarterHour;
import io.tollgate.schemas.avro.ScopeKind;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ObjIntConsumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The sums of all scopes by time. Workspaces and keys have cells of a UTC quarter-hour each, which
 * are joined to cells of a day once they are old; users, models and features have cells of a day
 * from the start, because there are many and only periods are asked of them. A cell lies at its
 * first quarter-hour, and no period of the organization begins within one ({@link
 * ZoneHistory#dayCell}), so that what a period came to is the sum of the cells that begin in it,
 * whatever has been joined.
 *
 * <p>An organization's own cells stay quarter-hours for good: there is one row of them per
 * organization, and reconciliation compares it with the bills by hour.
 */
final class Tallies {
  static final int QUARTERS_PER_DAY = 96;

  private static final byte[] PRESENT = {1};

  private final KeyValueStore<Bytes, byte[]> cells;

  /** The days of scopes that have quarter-hours, the oldest day first. */
  private final KeyValueStore<Bytes, byte[]> days;

  private final UserTallies users;
  private final PendingTallies pending;

  /**
   * @param users the sums of users, which have no cells
   * @param pending what is not in the cells yet; it counts in all that is asked here
   */
  Tallies(
      KeyValueStore<Bytes, byte[]> cells,
      KeyValueStore<Bytes, byte[]> days,
      UserTallies users,
      PendingTallies pending) {
    this.cells = cells;
    this.days = days;
    this.users = users;
    this.pending = pending;
  }

  /** The UTC day that an instant is in, counted from the epoch. */
  static int dayOf(Instant time) {
    return dayOf(QuarterHour.of(time).number());
  }

  private static int dayOf(int quarterHour) {
    return Math.floorDiv(quarterHour, QUARTERS_PER_DAY);
  }

  /** Which cells are as small as a quarter-hour. */
  enum Grain {
    /** All of them, for good. */
    QUARTERS,
    /** Those of the last weeks. */
    QUARTERS_THEN_DAYS,
    /** None, once the organization's time zone is known. */
    DAYS;

    static Grain of(Scope scope) {
      if (scope.subject() != null) {
        return DAYS;
      }
      return scope.kind() == ScopeKind.ORGANIZATION ? QUARTERS : QUARTERS_THEN_DAYS;
    }
  }

  /**
   * Adds to the sums of a cell, or of the day that it is in. They are in the answers at once, and
   * in the stores after some more commits.
   *
   * @param zones of the organization; null if not known yet
   * @param firstDayKept days before this one are kept as days
   */
  void add(Cell cell, Tally added, @Nullable ZoneHistory zones, int firstDayKept) {
    Cell to =
        zones != null && isDay(Grain.of(cell.scope()), cell.quarterHour(), firstDayKept)
            ? cell.at(zones.dayCell(cell.quarterHour()))
            : cell;
    pending.add(to, added);
  }

  /** Whether so much was added since the last commit that another one is wanted. */
  boolean isFull() {
    return pending.isFull();
  }

  /**
   * Logs what was added, and writes some of the cells. Right before a commit only.
   *
   * @param zones of an organization; null if not known yet
   */
  void commit(ZonesOf zones, int firstDayKept) {
    pending.commit((cell, key, tally) -> write(cell, key, tally, zones, firstDayKept));
    users.write();
  }

  private void write(Cell cell, Bytes key, Tally tally, ZonesOf zones, int firstDayKept) {
    Grain grain = Grain.of(cell.scope());
    ZoneHistory known =
        isDay(grain, cell.quarterHour(), firstDayKept)
            ? zones.of(cell.scope().organizationId())
            : null;
    Cell to = known == null ? cell : cell.at(known.dayCell(cell.quarterHour()));
    if (cell.scope().isUser()) {
      // While the zone is not known, sums by the quarter-hour: as exact, if more of them.
      users.add(to, key, tally);
    } else if (known != null) {
      plus(to.equals(cell) ? key : to.key(), tally);
    } else if (plus(key, tally) && grain != Grain.QUARTERS) {
      days.put(dayKey(dayOf(cell.quarterHour()), cell.prefix()), PRESENT);
    }
  }

  /** The time zones of organizations. */
  interface ZonesOf {
    @Nullable ZoneHistory of(String organizationId);
  }

  private static boolean isDay(Grain grain, int quarterHour, int firstDayKept) {
    return switch (grain) {
      case QUARTERS -> false;
      case QUARTERS_THEN_DAYS -> dayOf(quarterHour) < firstDayKept;
      case DAYS -> true;
    };
  }

  /** Whether there was no such cell before. */
  private boolean plus(Bytes key, Tally added) {
    byte[] before = cells.get(key);
    cells.put(key, (before == null ? added : Tally.fromBytes(before).plus(added)).toBytes());
    return before == null;
  }

  /**
   * Hands over the sums of cells that begin in a range, both ends included: those in the store in
   * order of time, then what is pending.
   */
  void forEach(Scope scope, int firstQuarterHour, int lastQuarterHour, ObjIntConsumer<Tally> each) {
    if (scope.isUser()) {
      users.forEach(scope, firstQuarterHour, lastQuarterHour, each);
    } else {
      TallyKey.Range range = TallyKey.Range.of(scope, firstQuarterHour, lastQuarterHour);
      try (KeyValueIterator<Bytes, byte[]> found = cells.range(range.from(), range.to())) {
        while (found.hasNext()) {
          KeyValue<Bytes, byte[]> cell = found.next();
          each.accept(Tally.fromBytes(cell.value), TallyKey.quarterHour(cell.key));
        }
      }
    }
    pending.forEach(scope, firstQuarterHour, lastQuarterHour, each);
  }

  /** What a scope spent in a period. */
  Money spendIn(Scope scope, PeriodWindow window) {
    Money[] spend = {Money.ZERO};
    forEach(
        scope,
        window.firstQuarterHour(),
        window.lastQuarterHour(),
        (tally, quarterHour) -> spend[0] = spend[0].plus(tally.cost()));
    return spend[0];
  }

  /** What a scope spent from a quarter-hour on. */
  Money spendSince(Scope scope, int firstQuarterHour) {
    Money[] spend = {Money.ZERO};
    forEach(
        scope,
        firstQuarterHour,
        Integer.MAX_VALUE,
        (tally, quarterHour) -> spend[0] = spend[0].plus(tally.cost()));
    return spend[0];
  }

  /** Whether nothing was ever used on a scope. */
  boolean isEmpty(Scope scope) {
    boolean[] found = {false};
    forEach(scope, Integer.MIN_VALUE, Integer.MAX_VALUE, (tally, quarter) -> found[0] = true);
    return !found[0];
  }

  /** Tells, from a day on, the next day of a scope that is older than the quarter-hours kept. */
  @Nullable ScopeDay firstDay(@Nullable ScopeDay after, int firstDayKept) {
    Bytes from = after == null ? dayKey(Integer.MIN_VALUE, new byte[0]) : after.key();
    try (KeyValueIterator<Bytes, byte[]> found =
        days.range(from, dayKey(firstDayKept, new byte[0]))) {
      while (found.hasNext()) {
        Bytes key = found.next().key;
        if (after == null || !key.equals(after.key())) {
          return new ScopeDay(key);
        }
      }
      return null;
    }
  }

  /** Joins the quarter-hours of one day of a scope to cells of a day. */
  void join(ScopeDay day, ZoneHistory zones) {
    byte[] prefix = day.prefix();
    int first = day.day() * QUARTERS_PER_DAY;
    Map<Integer, Tally> joined = new TreeMap<>();
    List<Bytes> moved = new ArrayList<>();
    try (KeyValueIterator<Bytes, byte[]> found =
        cells.range(
            TallyKey.of(prefix, first), TallyKey.of(prefix, first + QUARTERS_PER_DAY - 1))) {
      while (found.hasNext()) {
        KeyValue<Bytes, byte[]> cell = found.next();
        int quarterHour = TallyKey.quarterHour(cell.key);
        int dayCell = zones.dayCell(quarterHour);
        if (dayCell != quarterHour) {
          joined.merge(dayCell, Tally.fromBytes(cell.value), Tally::plus);
          moved.add(cell.key);
        }
      }
    }
    moved.forEach(cells::delete);
    joined.forEach((dayCell, tally) -> plus(TallyKey.of(prefix, dayCell), tally));
    days.delete(day.key());
  }

  private static Bytes dayKey(int day, byte[] prefix) {
    return Bytes.wrap(
        ByteBuffer.allocate(Integer.BYTES + prefix.length)
            .putInt(day ^ Integer.MIN_VALUE)
            .put(prefix)
            .array());
  }

  /** A day of a scope that has quarter-hours. */
  record ScopeDay(Bytes key) {
    int day() {
      return ByteBuffer.wrap(key.get()).getInt() ^ Integer.MIN_VALUE;
    }

    byte[] prefix() {
      byte[] bytes = key.get();
      return Arrays.copyOfRange(bytes, Integer.BYTES, bytes.length);
    }

    String organizationId() {
      return TallyKey.organizationId(prefix());
    }
  }
}
