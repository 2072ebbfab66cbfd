package io.tollgate.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.app.api.Books;
import io.tollgate.app.api.TollgateClient;
import io.tollgate.app.stack.DataFolder;
import io.tollgate.app.stack.Proofs;
import io.tollgate.governance.audit.AuditVerification;
import io.tollgate.schemas.OrganizationId;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Who changed what, and the proof that nobody changed that since. */
@Command(
    name = "audit",
    description = {"Proves or exports the record of every change and refused attempt.", ""},
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    subcommands = {AuditCommand.Verify.class, AuditCommand.Export.class})
final class AuditCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "No command given");
  }

  /** Recomputes the chains. */
  @Command(
      name = "verify",
      description = {
        "Recomputes every audit chain and holds it against the anchors on Kafka.",
        "",
        "Finds rows that were altered, reordered, removed, cut off or written anew, and names the"
            + " first bad one of each chain. Ends with status 0 only if there is none. Reads the"
            + " database and the topic themselves, not the server.",
        ""
      })
  static final class Verify implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
        names = "--data",
        paramLabel = "DIR",
        description = "Data folder of the stack (default: ~/.local/share/tollgate).")
    private java.nio.file.@Nullable Path data;

    @Option(names = "--json", description = "Print JSON: stable names.")
    private boolean json;

    @Override
    public Integer call() {
      DataFolder folder = Connection.folder(data);
      folder.require();
      AuditVerification.Report report = Proofs.audit(folder, InstantSource.system());
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(json(report).toPrettyString());
      } else {
        text(out, report);
      }
      out.flush();
      return report.isGood() ? ExitCode.OK : ExitCode.NOT_GOOD;
    }

    static void text(PrintWriter out, AuditVerification.Report report) {
      out.printf(
          "%s: %,d rows in %,d chains, %,d anchors, the last of %s%n",
          report.isGood() ? "Unchanged" : "CHANGED",
          report.rows(),
          report.chains(),
          report.anchors(),
          report.lastAnchor().map(Instant::toString).orElse("no time"));
      report.findings().forEach(line -> out.println("  " + line));
    }

    static ObjectNode json(AuditVerification.Report report) {
      ObjectNode root = JsonNodeFactory.instance.objectNode();
      root.put("unchanged", report.isGood());
      root.put("rows", report.rows());
      root.put("chains", report.chains());
      root.put("anchors", report.anchors());
      root.put("last_anchor", report.lastAnchor().map(Instant::toString).orElse(null));
      report.findings().forEach(root.putArray("findings")::add);
      return root;
    }
  }

  /** Writes rows as JSON lines. */
  @Command(
      name = "export",
      description = {
        "Prints audit rows as JSON lines, oldest first.",
        "",
        "Each line has the row's hash, so that whoever has all rows of an organization can"
            + " recompute its chain. Without --organization: of all, and of the installation"
            + " itself.",
        ""
      })
  static final class Export implements Callable<Integer> {
    private static final String PAGE = "100";

    @Spec private CommandSpec spec;
    @Mixin private Connection connection;

    @Option(
        names = "--organization",
        paramLabel = "ID",
        description = "One organization (default: all, which only the operator may).")
    private @Nullable String organization;

    @Option(names = "--from", paramLabel = "INSTANT", description = "Earliest time of a row.")
    private @Nullable Instant from;

    @Option(
        names = "--to",
        paramLabel = "INSTANT",
        description = "End of the times, exclusive, in whole seconds.")
    private @Nullable Instant to;

    @Override
    public Integer call() {
      try (TollgateClient client = connection.client()) {
        if (organization != null) {
          print(client, Optional.of(new OrganizationId(organization)));
        } else {
          print(client, Optional.empty());
          for (OrganizationId one : new Books(client).organizations()) {
            print(client, Optional.of(one));
          }
        }
      }
      return ExitCode.OK;
    }

    /** Page by page, so that an export of any length takes no more memory than a page. */
    private void print(TollgateClient client, Optional<OrganizationId> of) {
      PrintWriter out = spec.commandLine().getOut();
      String after = "";
      boolean more = true;
      while (more) {
        JsonNode page = page(client, of, after);
        page.path("data").forEach(row -> out.println(row));
        out.flush();
        after = page.path("last_id").asText("");
        more = page.path("has_more").asBoolean(false);
      }
    }

    private JsonNode page(TollgateClient client, Optional<OrganizationId> of, String after) {
      var query = new java.util.ArrayList<TollgateClient.Parameter>();
      query.add(new TollgateClient.Parameter("order", "asc"));
      query.add(new TollgateClient.Parameter("limit", PAGE));
      if (from != null) {
        query.add(parameter("effective_at[gte]", from));
      }
      if (to != null) {
        query.add(parameter("effective_at[lt]", to));
      }
      if (!after.isEmpty()) {
        query.add(new TollgateClient.Parameter("after", after));
      }
      TollgateClient.Parameter[] parameters = query.toArray(TollgateClient.Parameter[]::new);
      return of.isPresent()
          ? client.get(of.get(), "/v1/organization/audit_events", parameters)
          : client.get("/v1/platform/audit_events", parameters);
    }

    private static TollgateClient.Parameter parameter(String name, Instant time) {
      return new TollgateClient.Parameter(name, Long.toString(time.getEpochSecond()));
    }
  }
}
