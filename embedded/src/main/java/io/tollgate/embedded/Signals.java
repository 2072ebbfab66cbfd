package io.tollgate.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What is asked of the operating system about processes: whose a pid is, and to end it. */
final class Signals {
  /** How long an ordinary SIGTERM or SIGINT may take before SIGKILL. */
  static final Duration STOP_BOUND = Duration.ofSeconds(6);

  /** After SIGKILL only the kernel is waited for. */
  static final Duration KILL_BOUND = Duration.ofSeconds(10);

  private Signals() {}

  /**
   * Whether a live process with this pid has the folder in its command line: a pid alone may have
   * been reused.
   */
  static boolean isOurs(long pid, Path folder) {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent()
        && commandLine(pid).contains(folder.toString());
  }

  private static String commandLine(long pid) {
    Path file = Path.of("/proc", Long.toString(pid), "cmdline");
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException gone) {
      return "";
    }
  }

  static void send(String signal, long pid) {
    try {
      // PostgreSQL's ordinary shutdown is SIGINT, which Java cannot send by itself.
      new ProcessBuilder("/bin/sh", "-c", "kill -" + signal + " " + pid)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor(STOP_BOUND.toMillis(), TimeUnit.MILLISECONDS);
    } catch (IOException e) {
      throw new ServiceFailedException("Cannot send SIG" + signal + " to the process " + pid, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the process with the signal, and with SIGKILL when that takes longer than the bound. */
  static void end(ProcessHandle process, String signal, Duration bound) {
    send(signal, process.pid());
    if (!hasEnded(process, bound)) {
      kill(process);
    }
  }

  /** SIGKILL to the process and all it has started. */
  static void kill(ProcessHandle process) {
    var descendants = process.descendants().toList();
    process.destroyForcibly();
    descendants.forEach(ProcessHandle::destroyForcibly);
    descendants.forEach(child -> hasEnded(child, KILL_BOUND));
    if (!hasEnded(process, KILL_BOUND)) {
      throw new ServiceFailedException(
          "The process " + process.pid() + " is still there after SIGKILL");
    }
  }

  private static boolean hasEnded(ProcessHandle process, Duration bound) {
    try {
      process.onExit().get(bound.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException stillThere) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return !process.isAlive();
    } catch (ExecutionException e) {
      throw new ServiceFailedException("Cannot wait for the process " + process.pid(), e);
    }
  }
}
