package io.tollgate.app;

import io.tollgate.app.api.ApiProblem;
import io.tollgate.app.stack.StackProblem;
import io.tollgate.schemas.InvalidInput;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** Turns whatever a command fails with into one line on standard error and an exit status. */
final class Failures
    implements CommandLine.IParameterExceptionHandler, CommandLine.IExecutionExceptionHandler {
  private static final String PREFIX = "tollgate: ";

  private final boolean traces;

  /**
   * @param traces whether stack traces are wanted below the line
   */
  Failures(boolean traces) {
    this.traces = traces;
  }

  @Override
  public int handleParseException(CommandLine.ParameterException failure, String[] args) {
    CommandLine command = failure.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().println(PREFIX + message(failure) + "; see " + name + " --help");
    return ExitCode.WRONG_INPUT;
  }

  private static String message(CommandLine.ParameterException failure) {
    if (failure instanceof CommandLine.UnmatchedArgumentException unmatched
        && !unmatched.isUnknownOption()
        && !failure.getCommandLine().getSubcommands().isEmpty()) {
      return "Unknown command: " + unmatched.getUnmatched().getFirst();
    }
    return oneLine(failure.getMessage());
  }

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
    PrintWriter err = command.getErr();
    err.println(PREFIX + message(failure));
    if (traces) {
      failure.printStackTrace(err);
    }
    err.flush();
    return exitCode(failure);
  }

  private static int exitCode(Exception failure) {
    return switch (failure) {
      case InvalidInput refused -> ExitCode.WRONG_INPUT;
      case IOException unreadable -> ExitCode.WRONG_INPUT;
      case UncheckedIOException unreadable -> ExitCode.WRONG_INPUT;
      case StackProblem problem -> ExitCode.STACK;
      case ApiProblem refused -> refused.isCallers() ? ExitCode.WRONG_INPUT : ExitCode.STACK;
      default -> ExitCode.BUG;
    };
  }

  private static String message(Exception failure) {
    return switch (failure) {
      case InvalidInput refused -> oneLine(refused.getMessage());
      case NoSuchFileException missing -> missing.getMessage() + ": there is no such file";
      case IOException unreadable -> oneLine(unreadable.getMessage());
      case UncheckedIOException unreadable ->
          unreadable.getCause() == null
              ? oneLine(unreadable.getMessage())
              : message(unreadable.getCause());
      case StackProblem problem -> oneLine(problem.getMessage());
      case ApiProblem refused -> oneLine(refused.getMessage());
      default ->
          "a bug of ours, please report it with TOLLGATE_DEBUG=1: " + oneLine(failure.toString());
    };
  }

  private static String oneLine(@Nullable String text) {
    return text == null ? "no reason given" : text.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
