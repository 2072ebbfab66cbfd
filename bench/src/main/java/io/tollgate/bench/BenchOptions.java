package io.tollgate.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What a run measures. */
final class BenchOptions {
  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(
      names = "--events",
      paramLabel = "N",
      defaultValue = "400000",
      description = "Events per pass (default: ${DEFAULT-VALUE}).")
  long events;

  @Option(
      names = "--warm-up",
      paramLabel = "S",
      defaultValue = "60",
      description =
          "Seconds each contender works before it is measured (default: ${DEFAULT-VALUE}).")
  int warmUp;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Passes of each contender, taking turns (default: ${DEFAULT-VALUE}).")
  int rounds;

  @Option(
      names = "--keys",
      paramLabel = "N",
      defaultValue = "10000",
      description = "API keys (default: ${DEFAULT-VALUE}).")
  int keys;

  @Option(
      names = "--any-user",
      paramLabel = "PERCENT",
      defaultValue = "" + Workload.USUAL_ANY_USER,
      description =
          "Events that name any of 50,000 users; the others name one of their key's"
              + " (default: ${DEFAULT-VALUE}).")
  int anyUser;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "Of the workload (default: ${DEFAULT-VALUE}).")
  long seed;

  @Option(
      names = "--latency",
      paramLabel = "S",
      defaultValue = "30",
      description = "Seconds over which alerts are timed (default: ${DEFAULT-VALUE}).")
  int latencySeconds;

  @Option(
      names = "--kills",
      paramLabel = "N",
      defaultValue = "1",
      description = "SIGKILLs of the streams role (default: ${DEFAULT-VALUE}).")
  int kills;

  @Option(
      names = "--budgets",
      paramLabel = "N",
      defaultValue = "200",
      description = "Hard budgets that are crossed (default: ${DEFAULT-VALUE}).")
  int budgets;

  @Option(
      names = "--gateways",
      paramLabel = "N",
      defaultValue = "4",
      description = "Gateways that serve their keys (default: ${DEFAULT-VALUE}).")
  int gateways;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "4000",
      description = "Requests per second over all gateways (default: ${DEFAULT-VALUE}).")
  int rate;

  @Option(
      names = "--only",
      paramLabel = "LETTERS",
      defaultValue = "abcdefg",
      description = "Contenders to measure, by letter (default: ${DEFAULT-VALUE}).")
  String only;

  /**
   * Refuses what nothing could be measured with, before anything is started.
   *
   * @throws ParameterException that names the option, its value and the rule
   */
  void check() {
    check("--events", events, 1, Long.MAX_VALUE);
    check("--warm-up", warmUp, 0, Integer.MAX_VALUE);
    check("--rounds", rounds, 1, Integer.MAX_VALUE);
    check("--keys", keys, 1, Integer.MAX_VALUE);
    check("--any-user", anyUser, 0, 100);
    check("--latency", latencySeconds, 1, Integer.MAX_VALUE);
    check("--kills", kills, 0, Integer.MAX_VALUE);
    check("--budgets", budgets, 1, Integer.MAX_VALUE);
    check("--gateways", gateways, 1, Integer.MAX_VALUE);
    check("--rate", rate, 1, Integer.MAX_VALUE);
    for (String letter : only.split("", -1)) {
      if (!letter.isEmpty() && Contender.of(letter).isEmpty()) {
        throw refused("--only", only, "must be letters of contenders, a to g");
      }
    }
    if (contenders().isEmpty()) {
      throw refused("--only", only, "must name a contender");
    }
  }

  private void check(String option, long value, long least, long most) {
    if (value < least || value > most) {
      throw refused(
          option,
          Long.toString(value),
          most >= Integer.MAX_VALUE
              ? "must be at least " + least
              : "must be %d to %d".formatted(least, most));
    }
  }

  private ParameterException refused(String option, String value, String rule) {
    return new ParameterException(
        Objects.requireNonNull(command, "set by the command line").commandLine(),
        option + " = " + value + ": " + rule);
  }

  /** In the order of their letters in {@code --only}. */
  List<Contender> contenders() {
    List<Contender> wanted = new ArrayList<>();
    for (String letter : only.split("", -1)) {
      Contender.of(letter).ifPresent(wanted::add);
    }
    return wanted;
  }
}
