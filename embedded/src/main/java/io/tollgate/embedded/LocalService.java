package io.tollgate.embedded;

import java.time.Duration;

/**
 * A server that runs as a real process on the loopback address, in a folder of its own that
 * survives it.
 *
 * <p>Methods that start or end a process are bounded; they throw {@link ServiceFailedException}
 * with the last lines of its log when the server does not do what was asked. Safe for use by
 * several threads.
 */
public abstract sealed class LocalService implements AutoCloseable
    permits LocalKafka, LocalPostgres, LocalRegistry, LocalClickHouse {
  final ServiceProcess process;

  LocalService(ServiceProcess process) {
    this.process = process;
  }

  /** Starts for the first time; a service that does not start gives its folder back. */
  final void startOrRelease() {
    try {
      process.start(this::isHealthy);
    } catch (RuntimeException e) {
      process.close();
      throw e;
    }
  }

  /** The name its folder and log carry. */
  public final String name() {
    return process.name();
  }

  /** The process id of the running server, or of the last one. */
  public final long pid() {
    return process.pid();
  }

  /** Where its data and its log are. */
  public final Placement placement() {
    return process.placement();
  }

  /** Whether it answers a request of its own protocol, asked within a second or two. */
  public abstract boolean isHealthy();

  /** Whether the process exists, healthy or not. */
  public final boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Ends it in an orderly way, by SIGKILL after 6 s; the folder stays ours, {@link #restart} starts
   * it again.
   */
  public final void stop() {
    process.stop();
  }

  /** SIGKILL; returns when it is gone. */
  public final void kill() {
    process.kill();
  }

  /** Stops it if it runs, and starts it on the same ports and data; returns when it is healthy. */
  public final void restart() {
    process.stop();
    process.start(this::isHealthy);
  }

  /** Stops it and gives its folder back for good. */
  @Override
  public final void close() {
    process.close();
  }

  /** How long a start may take. */
  public static Duration startBound() {
    return ServiceProcess.START_BOUND;
  }
}
