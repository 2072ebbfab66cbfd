package io.tollgate.app;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The one runnable. */
@Command(
    name = "./tollgate",
    description = {"Meters, limits and bills AI traffic.", ""},
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    optionListHeading = "Options:%n",
    subcommands = {
      DemoCommand.class,
      ReplayCommand.class,
      GenerateCommand.class,
      UpCommand.class,
      StopCommand.class,
      StatusCommand.class,
      UsageCommand.class,
      InvoiceCommand.class,
      AlertsCommand.class,
      ReconcileCommand.class,
      AuditCommand.class,
      GovernanceCommand.class,
      ImportPricesCommand.class,
      ReRateCommand.class,
      ChaosCommand.class,
      PrepareCommand.class,
      ServeCommand.class
    },
    footer = {
      "",
      "For those who build it: ./tollgate test [--fast], format, build, bench.",
      "",
      "Run ./tollgate COMMAND --help for the options of a command."
    })
public final class Tollgate implements Runnable {
  private static final String VERSION = "Tollgate 0.1.0-SNAPSHOT";

  private static final List<Map.Entry<String, String>> EXIT_CODES =
      List.of(
          Map.entry("0", "done, and the result is good"),
          Map.entry(
              "1", "done, and the result is not good: the books do not balance, totals differ"),
          Map.entry("2", "a wrong command line, file or value; nothing was changed"),
          Map.entry(
              "3", "the stack is not running, does not answer, or its folder or port is in use"),
          Map.entry("70", "a bug of ours"),
          Map.entry("130", "stopped by Ctrl-C"));

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "No command given");
  }

  /** Runs one command and ends the process with its exit status. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(helpAsOption(args)));
  }

  /** {@code help} and {@code help COMMAND}, as people type it. */
  static String[] helpAsOption(String... args) {
    if (args.length == 0 || !args[0].equals("help")) {
      return args;
    }
    String[] asked = Arrays.copyOfRange(args, 1, args.length + 1);
    asked[args.length - 1] = "--help";
    return asked;
  }

  static CommandLine commandLine() {
    CommandLine tollgate = new CommandLine(new Tollgate());
    Failures failures = new Failures(System.getenv("TOLLGATE_DEBUG") != null);
    tollgate.setParameterExceptionHandler(failures);
    tollgate.setExecutionExceptionHandler(failures);
    tollgate.setCaseInsensitiveEnumValuesAllowed(true);
    tollgate.setAbbreviatedOptionsAllowed(false);
    tollgate.setUsageHelpAutoWidth(true);
    if (System.console() == null || !System.console().isTerminal()) {
      tollgate.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
    }
    describe(tollgate);
    return tollgate;
  }

  private static void describe(CommandLine command) {
    command.getCommandSpec().mixinStandardHelpOptions(true).version(VERSION);
    var usage = command.getCommandSpec().usageMessage();
    usage.exitCodeListHeading("%nExit status:%n");
    Map<String, String> ordered = new LinkedHashMap<>();
    EXIT_CODES.forEach(entry -> ordered.put(entry.getKey(), entry.getValue()));
    usage.exitCodeList(ordered);
    command.getSubcommands().values().forEach(Tollgate::describe);
  }
}
