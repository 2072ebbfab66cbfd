package io.tollgate.app;

import io.tollgate.app.stack.DataFolder;
import io.tollgate.app.stack.ServerStop;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Ends a running stack; its data stays. */
@Command(
    name = "stop",
    description = {
      "Stops the stack that up started; its data stays.",
      "",
      "Stopping what is not running is fine. ./tollgate up with the same folder starts it again.",
      ""
    })
final class StopCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Data folder of the stack (default: ~/.local/share/tollgate).")
  private @Nullable Path data;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    DataFolder folder = Connection.folder(data);
    switch (ServerStop.stop(folder)) {
      case NOT_RUNNING -> out.println("No stack is running in " + folder.path() + ".");
      case STOPPED -> out.println("Stopped. The data stays in " + folder.path() + ".");
      case KILLED ->
          out.println(
              "It did not end in time and was killed. The data stays in " + folder.path() + ".");
    }
    out.flush();
    return ExitCode.OK;
  }
}
