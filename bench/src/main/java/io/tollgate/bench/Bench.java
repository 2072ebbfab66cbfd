package io.tollgate.bench;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The {@code bench} command and its parts; without a part it runs all of them. */
@Command(
    name = "tollgate bench",
    mixinStandardHelpOptions = true,
    description = {
      "Measures Tollgate on this machine. Ratios are what to quote: machines are noisy.",
      "Exit status 0 only if every contender's totals are those of the generator, and hard budgets"
          + " are overshot by no more than is promised."
    })
public final class Bench implements Callable<Integer> {
  @Mixin private BenchOptions options = new BenchOptions();

  private Bench() {}

  /** One part of the bench, on services of its own. */
  interface PartOfBench {
    boolean run(BenchOptions options) throws IOException, InterruptedException;
  }

  public static void main(String[] args) {
    System.exit(execute(args));
  }

  /**
   * The exit status: 0 if all totals are equal, 1 if not or if a part failed, 2 for wrong usage.
   */
  static int execute(String... args) {
    CommandLine command =
        new CommandLine(new Bench())
            .addSubcommand(
                part("contenders", "the same bytes through (a) to (g)", Bench::contenders))
            .addSubcommand(part("latency", "event to alert, and after SIGKILL", Bench::latency))
            .addSubcommand(
                part("overshoot", "by how much hard budgets are overshot", Bench::overshoot))
            .addSubcommand(part("skew", "uneven traffic, very many keys", Bench::skew))
            .addSubcommand(
                part(
                    "profile",
                    "where the time of (d) goes, or of the one that --only names",
                    Bench::profile))
            .addSubcommand(part("line", "from the SDK into ClickHouse", LineBench::run))
            .addSubcommand(new DedupBench())
            .addSubcommand(part("all", "every part", Bench::all));
    command.setParameterExceptionHandler(
        (failure, arguments) -> {
          System.err.println(
              "tollgate bench: " + failure.getMessage() + "; see ./tollgate bench --help");
          return 2;
        });
    command.setExecutionExceptionHandler(
        (failure, line, result) -> {
          System.err.println("tollgate bench: " + failure.getMessage());
          failure.printStackTrace(System.err);
          return 1;
        });
    return command.execute(args);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    options.check();
    return all(options) ? 0 : 1;
  }

  /** One set of services for what shares the warm process of (g); the line has its own. */
  static boolean all(BenchOptions options) throws IOException, InterruptedException {
    boolean equal;
    try (Rig rig = Rig.start(false)) {
      ContenderBench contenders = new ContenderBench(rig, options, options.contenders());
      equal = contenders.run();
      equal &= new LatencyBench(rig, options).run(contenders.eventsPerSecond(Contender.WHOLE_ROLE));
      equal &= new SkewBench(rig, options).run();
    }
    return LineBench.run(options) & equal;
  }

  static boolean contenders(BenchOptions options) throws IOException {
    try (Rig rig = Rig.start(false)) {
      return new ContenderBench(rig, options, options.contenders()).run();
    }
  }

  /** Needs the capacity of (g), hence measures that first. */
  static boolean latency(BenchOptions options) throws IOException, InterruptedException {
    try (Rig rig = Rig.start(false)) {
      ContenderBench role = new ContenderBench(rig, options, List.of(Contender.WHOLE_ROLE));
      return role.run()
          & new LatencyBench(rig, options).run(role.eventsPerSecond(Contender.WHOLE_ROLE));
    }
  }

  static boolean overshoot(BenchOptions options) throws IOException {
    try (Rig rig = Rig.start(false)) {
      return new OvershootBench(rig, options).run();
    }
  }

  static boolean skew(BenchOptions options) throws IOException {
    try (Rig rig = Rig.start(false)) {
      SkewBench skew = new SkewBench(rig, options);
      skew.warmUp();
      return skew.run();
    }
  }

  static boolean profile(BenchOptions options) throws IOException {
    try (Rig rig = Rig.start(false)) {
      return new ProfileBench(rig, options).run();
    }
  }

  private static CommandLine part(String name, String description, PartOfBench part) {
    CommandLine command = new CommandLine(new PartCommand(part));
    command.setCommandName(name);
    command.getCommandSpec().usageMessage().description(description);
    return command;
  }

  @Command(mixinStandardHelpOptions = true)
  private static final class PartCommand implements Callable<Integer> {
    private final PartOfBench part;
    @Mixin private BenchOptions options = new BenchOptions();

    PartCommand(PartOfBench part) {
      this.part = part;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
      options.check();
      return part.run(options) ? 0 : 1;
    }
  }
}
