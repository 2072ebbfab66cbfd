package io.tollgate.app;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.app.api.Books;
import io.tollgate.app.api.TollgateClient;
import io.tollgate.app.api.UsageRow;
import io.tollgate.schemas.OrganizationId;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What was used, and what it cost. */
@Command(
    name = "usage",
    description = {
      "Shows requests, tokens and exact cost by workspace and model.",
      "",
      "What is shown has landed; the last line says up to when the figures are complete.",
      ""
    })
final class UsageCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private OrganizationChoice organizations;
  @Mixin private Period period;
  @Mixin private Connection connection;

  @Option(names = "--json", description = "Print JSON: stable names, money as strings.")
  private boolean json;

  @Override
  public Integer call() {
    Period.Range range = period.range(InstantSource.system());
    try (TollgateClient client = connection.client()) {
      Books books = new Books(client);
      List<UsageRow> rows = new ArrayList<>();
      Optional<Instant> complete = Optional.empty();
      for (OrganizationId organization : organizations.of(books)) {
        Books.UsageAnswer answer = books.usage(organization, range.from(), range.to());
        rows.addAll(answer.rows());
        complete = earlier(complete, answer.completeThrough());
      }
      print(range, rows, complete);
      return ExitCode.OK;
    }
  }

  private static Optional<Instant> earlier(Optional<Instant> a, Optional<Instant> b) {
    return a.isPresent() && (b.isEmpty() || a.get().isBefore(b.get())) ? a : b;
  }

  private void print(Period.Range range, List<UsageRow> rows, Optional<Instant> complete) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(json(range, rows, complete).toPrettyString());
    } else if (rows.isEmpty()) {
      out.printf("Nothing was used from %s to %s.%n", range.from(), range.to());
    } else {
      Report.usageTable(rows).lines().forEach(out::println);
    }
    if (!json) {
      complete.ifPresent(
          time -> out.println("Complete for what was accepted before " + time + "."));
    }
    out.flush();
  }

  static ObjectNode json(Period.Range range, List<UsageRow> rows, Optional<Instant> complete) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("from", range.from().toString());
    root.put("to", range.to().toString());
    root.put("complete_through", complete.map(Instant::toString).orElse(null));
    UsageJson.put(root, rows);
    return root;
  }
}
