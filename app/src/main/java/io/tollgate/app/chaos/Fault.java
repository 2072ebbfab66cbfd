package io.tollgate.app.chaos;

import java.time.Duration;

/** Something that is done to a running line. Instances are numbered from 1. */
sealed interface Fault {
  /** For people, without spaces at the ends. */
  String describe();

  /** SIGKILL in the middle of a transaction, and started again at once. */
  record KillStreams(int instance) implements Fault {
    @Override
    public String describe() {
      return "SIGKILL streams " + instance + ", restart";
    }
  }

  /** SIGKILL, and started again only after the others have taken over and committed. */
  record KillStreamsForLong(int instance) implements Fault {
    @Override
    public String describe() {
      return "SIGKILL streams " + instance + ", others take over";
    }
  }

  /** An orderly stop, and started again. */
  record StopStreams(int instance) implements Fault {
    @Override
    public String describe() {
      return "stop streams " + instance + ", restart";
    }
  }

  /**
   * Frozen for longer than its session lasts, then let go on: it wakes with work that is now
   * others'.
   */
  record FreezeStreams(int instance, Duration asleep) implements Fault {
    @Override
    public String describe() {
      return "freeze streams " + instance + " for " + asleep.toSeconds() + " s";
    }
  }

  /** One more streams instance comes, and partitions move to it. */
  record JoinStreams(int instance) implements Fault {
    @Override
    public String describe() {
      return "streams " + instance + " joins";
    }
  }

  /** A streams instance is stopped for good, and its partitions move to the others. */
  record LeaveStreams(int instance) implements Fault {
    @Override
    public String describe() {
      return "streams " + instance + " leaves";
    }
  }

  /** SIGKILL with a planned insert open, and started again at once. */
  record KillLanding(int instance) implements Fault {
    @Override
    public String describe() {
      return "SIGKILL landing " + instance + ", restart";
    }
  }

  /** SIGKILL with events in flight, and started again at once. */
  record KillGateway() implements Fault {
    @Override
    public String describe() {
      return "SIGKILL gateway, restart";
    }
  }

  /** SIGKILL to the broker, and started again at once. */
  record KillBroker() implements Fault {
    @Override
    public String describe() {
      return "SIGKILL broker, restart";
    }
  }

  /** An orderly stop of the broker, and started again. */
  record StopBroker() implements Fault {
    @Override
    public String describe() {
      return "stop broker, restart";
    }
  }

  /** SIGKILL to ClickHouse, and started again after a while. */
  record ClickHouseAway(Duration away) implements Fault {
    @Override
    public String describe() {
      return "ClickHouse away for " + away.toSeconds() + " s";
    }
  }
}
