package io.tollgate.app.chaos;

import io.tollgate.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;

/**
 * Does the faults to the line. A process that is to be killed in the middle of its work is frozen
 * first and looked at: if nothing of it is under way, it is let go on and frozen again a little
 * later. So every kill hits what it is meant to hit, and says what.
 */
final class Inflictor {
  /** A commit comes every 0.4 s; one look in several finds work under way. */
  private static final int MOST_LOOKS = 400;

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(70);

  /** Longer than a landing that is not frozen needs from a plan to its end. */
  private static final Duration PLAN_STANDS = Duration.ofMillis(400);

  /** Long enough that whoever took over has committed more than once. */
  private static final Duration TAKEN = Duration.ofSeconds(1);

  private final Line line;
  private final LineProbe probe;
  private final InstantSource clock;

  Inflictor(Line line, LineProbe probe, InstantSource clock) {
    this.line = line;
    this.probe = probe;
    this.clock = clock;
  }

  /** Returns when it is done, and nothing is mended yet. */
  Injury inflict(Fault fault) {
    return switch (fault) {
      case Fault.KillStreams kill -> killStreams(Line.streams(kill.instance()));
      case Fault.KillStreamsForLong kill ->
          killStreams(Line.streams(kill.instance())).until(true, TAKEN);
      case Fault.StopStreams stop -> {
        String name = Line.streams(stop.instance());
        long pid = line.pid(name);
        line.stop(name);
        yield Injury.of(clock.instant(), pid, "", () -> line.serveStreams(name)).hitting(name);
      }
      case Fault.FreezeStreams freeze -> {
        String name = Line.streams(freeze.instance());
        String found = frozenStreams(name);
        yield Injury.of(clock.instant(), line.pid(name), found, () -> line.thaw(name))
            .hitting(name)
            .until(true, freeze.asleep());
      }
      case Fault.JoinStreams join -> {
        String name = Line.streams(join.instance());
        yield Injury.of(clock.instant(), 0, "", () -> line.serveStreams(name)).hitting(name);
      }
      case Fault.LeaveStreams leave -> {
        String name = Line.streams(leave.instance());
        long pid = line.pid(name);
        line.stop(name);
        yield Injury.of(clock.instant(), pid, "", () -> {}).hitting(name).until(true, TAKEN);
      }
      case Fault.KillLanding kill -> killLanding(Line.landing(kill.instance()));
      case Fault.KillGateway kill -> killGateway();
      case Fault.KillBroker kill -> killBroker();
      case Fault.StopBroker stop -> {
        long pid = line.stack().kafka().pid();
        line.stack().kafka().stop();
        yield Injury.of(clock.instant(), pid, "", () -> line.stack().kafka().restart());
      }
      case Fault.ClickHouseAway away -> takeClickHouseAway(away.away());
    };
  }

  private Injury killStreams(String name) {
    long pid = line.pid(name);
    String found = frozenStreams(name);
    line.kill(name);
    return Injury.of(clock.instant(), pid, found, () -> line.serveStreams(name)).hitting(name);
  }

  /** Freezes it with an open transaction and events that it has not committed. */
  private String frozenStreams(String name) {
    return freezeWhen(
        name + " is in the middle of a transaction",
        () -> line.freeze(name),
        () -> line.thaw(name),
        () -> {
          Set<Integer> own = partitions(name);
          if (own.isEmpty()) {
            return "";
          }
          long uncommitted = probe.uncommittedRated(own);
          long lag = probe.lag(Topics.USAGE_EVENTS, own);
          return uncommitted > 0 && lag > 0 ? uncommitted + " uncommitted, lag " + lag : "";
        });
  }

  private Set<Integer> partitions(String name) {
    Set<Integer> own = new HashSet<>();
    for (LineProbe.Member member : probe.group(Topics.USAGE_EVENTS).members()) {
      if (CommitWatch.instance(member.name()).equals(Line.member(name))) {
        own.addAll(member.partitions());
      }
    }
    return own;
  }

  private Injury killLanding(String name) {
    long pid = line.pid(name);
    String found =
        freezeWhen(
            name + " has a planned insert open",
            () -> line.freeze(name),
            () -> line.thaw(name),
            () -> {
              Map<Integer, OffsetAndMetadata> plans = probe.openPlans();
              if (plans.isEmpty()) {
                return "";
              }
              // Those of the other landing have moved on meanwhile.
              pause(PLAN_STANDS);
              Map<Integer, OffsetAndMetadata> standing = new HashMap<>(probe.openPlans());
              standing.entrySet().retainAll(plans.entrySet());
              long lag = probe.lag(Topics.USAGE_RATED);
              return standing.isEmpty() || lag == 0
                  ? ""
                  : standing.size() + " plans open, lag " + lag;
            });
    line.kill(name);
    return Injury.of(clock.instant(), pid, found, () -> line.serveLanding(name)).hittingLandings(1);
  }

  private Injury killGateway() {
    long pid = line.gatewayPid();
    String found =
        freezeWhen(
            "the gateway has events in flight",
            line::freezeGateway,
            line::thawGateway,
            () -> {
              long inFlight = inFlight();
              return inFlight > 0 ? inFlight + " in flight" : "";
            });
    line.killGateway();
    return Injury.of(clock.instant(), pid, found, line::send).hittingGateway();
  }

  private long inFlight() {
    return line.ledger().begun() - line.ledger().acknowledged().cardinality();
  }

  private Injury killBroker() {
    String found =
        freezeWhen(
            "transactions are open",
            () -> {},
            () -> {},
            () -> {
              long uncommitted = probe.uncommittedRated();
              long lag = probe.lag(Topics.USAGE_EVENTS);
              return uncommitted > 0 && lag > 0 ? uncommitted + " uncommitted, lag " + lag : "";
            });
    long pid = line.stack().kafka().pid();
    line.stack().kafka().kill();
    return Injury.of(clock.instant(), pid, found, () -> line.stack().kafka().restart());
  }

  private Injury takeClickHouseAway(Duration away) {
    String found =
        freezeWhen(
            "something waits to be landed",
            () -> {},
            () -> {},
            () -> {
              long lag = probe.lag(Topics.USAGE_RATED);
              return lag > 0 ? "lag " + lag : "";
            });
    long pid = line.stack().clickHouse().pid();
    line.stack().clickHouse().kill();
    return Injury.of(clock.instant(), pid, found, () -> line.stack().clickHouse().restart())
        .hittingLandings(FaultPlan.STAYING)
        .until(false, away);
  }

  /**
   * Freezes until the look finds something.
   *
   * @return what it found; the process is frozen then
   */
  private static String freezeWhen(
      String wanted, Runnable freeze, Runnable thaw, Supplier<String> look) {
    for (int i = 0; i < MOST_LOOKS; i++) {
      freeze.run();
      String found = "";
      try {
        found = look.get();
      } finally {
        if (found.isEmpty()) {
          thaw.run();
        }
      }
      if (!found.isEmpty()) {
        return found;
      }
      pause(BETWEEN_LOOKS);
    }
    throw new LineStuck("in " + MOST_LOOKS + " looks it was never so that " + wanted);
  }

  private static void pause(Duration length) {
    LockSupport.parkNanos(length.toNanos());
  }

  /** When an injury was done, for how long it lasts now. */
  Duration since(Instant at) {
    return Duration.between(at, clock.instant());
  }
}
