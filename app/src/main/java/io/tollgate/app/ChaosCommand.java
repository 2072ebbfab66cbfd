package io.tollgate.app;

import io.tollgate.app.chaos.ChaosRun;
import io.tollgate.app.chaos.ChaosSettings;
import io.tollgate.app.chaos.Verdict;
import io.tollgate.app.stack.DataFolder;
import io.tollgate.app.terminal.Screen;
import io.tollgate.app.terminal.Shown;
import io.tollgate.schemas.InvalidInput;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Kills what can be killed, and checks that no total has changed. */
@Command(
    name = "chaos",
    description = {
      "Kills, freezes and restarts every process of the line under load, and audits the result.",
      "",
      "Starts two streams instances, two landings, a gateway and the services in a temporary"
          + " folder. Prints each fault with its time, process id, what was under way, and how long"
          + " it took until the survivors, and then all, had committed again. Ends with status 0"
          + " only if every total, every landed event and every alert is what the traffic comes to."
          + " The same seed gives the same sequence of faults and the same traffic.",
      ""
    })
final class ChaosCommand implements Callable<Integer> {
  private static final int MOST_MINUTES = 24 * 60;
  private static final int MOST_EVENTS_PER_SECOND = 100_000;

  @Spec private CommandSpec spec;

  @Option(
      names = "--minutes",
      paramLabel = "N",
      defaultValue = "10",
      description = "How long, 1 to 1,440 (default: ${DEFAULT-VALUE}).")
  private int minutes;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "42",
      description = "Any whole number (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--rate",
      paramLabel = "R",
      defaultValue = "2500",
      description = "Events per second, 1 to 100,000 (default: ${DEFAULT-VALUE}).")
  private int rate;

  @Override
  public Integer call() throws IOException {
    within("--minutes", minutes, MOST_MINUTES);
    within("--rate", rate, MOST_EVENTS_PER_SECOND);
    Screen screen = Screen.standardError(spec.commandLine().getErr());
    PrintWriter out = spec.commandLine().getOut();
    Path folder = Files.createTempDirectory("tollgate-chaos-");
    screen.line("Starting the line in " + folder);
    ChaosRun run =
        new ChaosRun(
            new ChaosSettings(seed, 1, Duration.ofMinutes(minutes), rate),
            InstantSource.system(),
            step -> screen.line("  " + step),
            fault -> {
              out.println(fault);
              out.flush();
            });
    Verdict verdict = run.run(folder);
    out.printf(
        "%n%s faults in %d s, %s sendings, %s a second; landed: %s%n",
        Shown.count(verdict.faults().size()),
        verdict.length().toSeconds(),
        Shown.count(verdict.sendings()),
        Shown.count(verdict.perSecond()),
        verdict.found());
    verdict.differences().forEach(difference -> out.println("  " + difference));
    out.printf(
        "%s, seed %d.%n",
        verdict.isGood()
            ? "Good: every total is the auditor's"
            : "NOT GOOD: the lines above differ; logs are in " + folder,
        seed);
    out.flush();
    if (verdict.isGood()) {
      new DataFolder(folder).remove();
    }
    return verdict.isGood() ? ExitCode.OK : ExitCode.NOT_GOOD;
  }

  private static void within(String option, int value, int most) {
    InvalidInput.unless(
        value >= 1 && value <= most, option, value, "must be 1 to " + Shown.count(most));
  }
}
