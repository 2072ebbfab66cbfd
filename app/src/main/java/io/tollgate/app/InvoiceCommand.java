package io.tollgate.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tollgate.app.api.Books;
import io.tollgate.app.api.TollgateClient;
import io.tollgate.schemas.OrganizationId;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.time.YearMonth;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Invoices of a month. */
@Command(
    name = "invoice",
    description = {
      "Prints the invoice of a month, per organization.",
      "",
      "A line per workspace, model and meter: quantity, rate, exact amount, and the amount rounded"
          + " once. The month is cut in the organization's time zone.",
      ""
    })
final class InvoiceCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private OrganizationChoice organizations;
  @Mixin private Connection connection;

  @Option(
      names = "--month",
      paramLabel = "YYYY-MM",
      description = "The month (default: the current one).")
  private @Nullable String month;

  @Option(
      names = "--json",
      description = "Print a JSON array of invoices: stable names, money as strings.")
  private boolean json;

  @Override
  public Integer call() {
    YearMonth asked = Period.month(month, InstantSource.system());
    PrintWriter out = spec.commandLine().getOut();
    try (TollgateClient client = connection.client()) {
      Books books = new Books(client);
      ArrayNode invoices = JsonNodeFactory.instance.arrayNode();
      boolean first = true;
      for (OrganizationId organization : organizations.of(books)) {
        if (json) {
          invoices.add(books.invoice(organization, asked));
        } else {
          out.print((first ? "" : "\n") + books.invoiceText(organization, asked));
        }
        first = false;
      }
      if (json) {
        out.println(invoices.toPrettyString());
      }
      out.flush();
      return ExitCode.OK;
    }
  }
}
