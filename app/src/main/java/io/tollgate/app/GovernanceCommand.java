package io.tollgate.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.app.stack.DataFolder;
import io.tollgate.app.stack.Proofs;
import io.tollgate.governance.TopicVerification;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Whether the topics say what the database says. */
@Command(
    name = "governance",
    description = {"Holds governance's topics against its database, and mends them.", ""},
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    subcommands = {GovernanceCommand.Verify.class, GovernanceCommand.Republish.class})
final class GovernanceCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "No command given");
  }

  /** What both commands take. */
  static final class Asked {
    @Option(
        names = "--data",
        paramLabel = "DIR",
        description = "Data folder of the stack (default: ~/.local/share/tollgate).")
    private @Nullable Path data;

    @Option(names = "--json", description = "Print JSON: stable names.")
    private boolean json;
  }

  /** Compares. */
  @Command(
      name = "verify",
      description = {
        "Builds every record again from the tables and compares it with its topic.",
        "",
        "Names what is missing, surplus or different by topic and key. Organizations, workspaces,"
            + " API keys, principals, budgets, limits, wallets, credits, write-offs, backfills,"
            + " configuration documents and price books. Ends with status 0 only if nothing"
            + " differs.",
        ""
      })
  static final class Verify implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private Asked asked;

    @Override
    public Integer call() {
      TopicVerification.Report report =
          Proofs.topics(folder(asked.data), InstantSource.system(), false);
      print(spec, report, asked.json, report.isGood() ? "Equal: " : "NOT EQUAL: ");
      return report.isGood() ? ExitCode.OK : ExitCode.NOT_GOOD;
    }
  }

  /** Mends. */
  @Command(
      name = "republish",
      description = {
        "Publishes what differs once more, as the tables have it, in order with other changes.",
        "",
        "Names what differed. Run verify afterwards.",
        ""
      })
  static final class Republish implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private Asked asked;

    @Override
    public Integer call() {
      TopicVerification.Report report =
          Proofs.topics(folder(asked.data), InstantSource.system(), true);
      print(spec, report, asked.json, report.isGood() ? "Nothing to republish: " : "Republished: ");
      return ExitCode.OK;
    }
  }

  private static DataFolder folder(@Nullable Path data) {
    DataFolder folder = Connection.folder(data);
    folder.require();
    return folder;
  }

  private static void print(
      CommandSpec spec, TopicVerification.Report report, boolean json, String verdict) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(json(report).toPrettyString());
    } else {
      out.printf(
          "%s%,d records in %d topics, %,d differences%n",
          verdict, report.records(), report.topics().size(), report.differences().size());
      report
          .differences()
          .forEach(one -> out.printf("  %s %s: %s%n", one.topic(), one.key(), name(one.kind())));
    }
    out.flush();
  }

  private static ObjectNode json(TopicVerification.Report report) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("equal", report.isGood());
    root.put("records", report.records());
    report.topics().forEach(root.putArray("topics")::add);
    ArrayNode differences = root.putArray("differences");
    report
        .differences()
        .forEach(
            one ->
                differences
                    .addObject()
                    .put("topic", one.topic())
                    .put("key", one.key())
                    .put("kind", name(one.kind())));
    return root;
  }

  private static String name(TopicVerification.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
