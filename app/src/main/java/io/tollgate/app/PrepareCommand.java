package io.tollgate.app;

import io.tollgate.app.stack.LearningRun;
import io.tollgate.app.terminal.Screen;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Makes every later start of this build faster. */
@Command(
    name = "prepare",
    description = {
      "Runs the server once, so that its later starts take half of the CPU.",
      "",
      "Starts a stack in a temporary folder, ends it, and keeps what the JVM learned beside the"
          + " jars, about 100 MB. Takes about a minute. Worth it where a server must be back soon"
          + " after a crash, and when an image is built. After another build, run it again.",
      ""
    })
final class PrepareCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Screen screen = Screen.standardError(spec.commandLine().getErr());
    LearningRun.run(step -> screen.line("  " + step));
    return ExitCode.OK;
  }
}
