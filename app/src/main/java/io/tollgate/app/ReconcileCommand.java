package io.tollgate.app;

import io.tollgate.app.api.Books;
import io.tollgate.app.api.Reconciliation;
import io.tollgate.app.api.TollgateClient;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Whether the books balance. */
@Command(
    name = "reconcile",
    description = {
      "Compares three independent readings of everything that was ever accepted.",
      "",
      "Records read back from the broker, the state of the topologies, and SQL over the landed"
          + " rows. Ends with status 0 only if all agree to the last digit; otherwise prints"
          + " organization, hour and difference.",
      ""
    })
final class ReconcileCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Connection connection;

  @Option(names = "--json", description = "Print JSON: stable names, money as strings.")
  private boolean json;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (TollgateClient client = connection.client()) {
      Reconciliation reconciliation = new Books(client).reconcile();
      if (json) {
        out.println(reconciliation.body().toPrettyString());
      } else {
        out.println(
            (reconciliation.isBalanced() ? "Balanced: " : "NOT BALANCED: ")
                + reconciliation.summary());
        reconciliation.differences().forEach(line -> out.println("  " + line));
      }
      out.flush();
      return reconciliation.isBalanced() ? ExitCode.OK : ExitCode.NOT_GOOD;
    }
  }
}
