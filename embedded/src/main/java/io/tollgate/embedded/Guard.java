package io.tollgate.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A tiny shell that outlives us by the moment it needs to end a service of ours. It waits on a pipe
 * whose other end only this process holds: however this process ends, the kernel closes the pipe.
 */
final class Guard implements AutoCloseable {
  private static final String SCRIPT =
      """
      trap '' INT TERM HUP
      read -r released && exit 0
      ours() { grep -qaF -- "$2" "/proc/$1/cmdline" 2>/dev/null; }
      ours "$1" "$2" || exit 0
      kill -"$3" "$1" 2>/dev/null
      seconds=0
      while ours "$1" "$2" && [ "$seconds" -lt "$4" ]; do sleep 1; seconds=$((seconds + 1)); done
      ours "$1" "$2" && kill -KILL "$1" 2>/dev/null
      """;

  private final Process shell;

  private Guard(Process shell) {
    this.shell = shell;
  }

  static Guard over(long pid, Path folder, String signal) throws IOException {
    List<String> command = new ArrayList<>(ChildJvm.ownSession());
    command.addAll(
        List.of(
            "/bin/sh",
            "-c",
            SCRIPT,
            "tollgate-guard",
            Long.toString(pid),
            folder.toString(),
            signal,
            Long.toString(Signals.STOP_BOUND.toSeconds())));
    return new Guard(
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start());
  }

  @Override
  public void close() {
    try (OutputStream pipe = shell.getOutputStream()) {
      pipe.write('\n');
    } catch (IOException alreadyGone) {
      // The guarded process has ended by itself and the shell with it: nothing is left to release.
      shell.destroyForcibly();
    }
  }
}
