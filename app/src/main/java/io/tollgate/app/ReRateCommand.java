package io.tollgate.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.app.api.TollgateClient;
import io.tollgate.app.rerate.InForce;
import io.tollgate.app.rerate.RatedLog;
import io.tollgate.app.rerate.ReRatePlan;
import io.tollgate.app.stack.StackProblem;
import io.tollgate.ingest.Acknowledged;
import io.tollgate.ingest.PublisherSettings;
import io.tollgate.ingest.UsagePublisher;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.avro.UsageEvent;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Corrects what an organization was charged by earlier prices. */
@Command(
    name = "re-rate",
    description = {
      "Rates an organization's events of a range again, by a retroactive price version.",
      "",
      "Publish the version first, with a retroactive_reason. After the lead time of prices, five"
          + " minutes unless configured, every instance has it, and this records the decision and"
          + " sends an amendment of each event that the version prices and another one has priced."
          + " Each charge is taken back at the old price and made at the new one; nothing is"
          + " edited. The same again finds nothing left to do.",
      ""
    })
final class ReRateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Connection connection;

  @Option(names = "--organization", paramLabel = "ID", required = true, description = "Whose.")
  private String organization;

  @Option(
      names = "--from",
      paramLabel = "INSTANT",
      required = true,
      description = "Earliest event time, such as 2026-01-01T00:00:00Z.")
  private Instant from;

  @Option(
      names = "--to",
      paramLabel = "INSTANT",
      required = true,
      description = "End of the event times, exclusive.")
  private Instant to;

  @Option(
      names = "--price-version",
      paramLabel = "BOOK/VERSION",
      required = true,
      description = "The version that is to price them.")
  private String priceVersion;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Why; kept with the decision. Needed without --dry-run.")
  private @Nullable String reason;

  @Option(names = "--dry-run", description = "Say what would change, and change nothing.")
  private boolean dryRun;

  private record Target(PriceBookId book, int version) {
    static Target parse(String text) {
      int slash = text.indexOf('/');
      InvalidInput.unless(
          slash > 0 && text.substring(slash + 1).matches("[1-9][0-9]{0,8}"),
          "--price-version",
          text,
          "must be a price book and a version, such as main-models/2");
      return new Target(
          new PriceBookId(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    }
  }

  @Override
  public Integer call() {
    Target target = Target.parse(priceVersion);
    InvalidInput.unless(from.isBefore(to), "--to", to, "must be after --from");
    InvalidInput.unless(dryRun || reason != null, "--reason", "", "is needed without --dry-run");
    OrganizationId who = new OrganizationId(organization);
    var server = connection.server();
    Endpoints endpoints = new Endpoints(server.bootstrapServers(), server.registry());
    InstantSource clock = InstantSource.system();
    PrintWriter out = spec.commandLine().getOut();
    try (TollgateClient client = connection.client()) {
      if (!dryRun) {
        JsonNode decision = client.post("/v1/platform/re_rates", decision(target));
        out.println("Decided: " + decision.path("id").asText());
      }
      RatedLog log = new RatedLog(endpoints);
      InForce inForce = new InForce(who, from, to);
      log.read(inForce, from);
      ReRatePlan plan =
          ReRatePlan.of(inForce, log.prices(), target.book(), target.version(), clock.instant());
      say(out, plan);
      if (!dryRun) {
        send(endpoints, plan.amendments());
        out.printf(
            "Sent %,d amendments; ./tollgate reconcile tells when all of it is landed.%n",
            plan.amendments().size());
      }
      out.flush();
    }
    return ExitCode.OK;
  }

  private ObjectNode decision(Target target) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("organization_id", organization)
        .put("from", from.toString())
        .put("to", to.toString())
        .put("price_book_id", target.book().value())
        .put("version", target.version())
        .put("reason", reason);
  }

  private void say(PrintWriter out, ReRatePlan plan) {
    out.printf(
        "%,d events to amend: %s before, %s after, difference %s%n",
        plan.amendments().size(), plan.before(), plan.after(), plan.after().minus(plan.before()));
    out.printf(
        "%,d have that price; %,d get another price or none; %,d are too old to be admitted"
            + " again%n",
        plan.already(), plan.elsewhere(), plan.tooLate());
  }

  /** Through the door that every event takes; the same again is safe. */
  private static void send(Endpoints endpoints, List<UsageEvent> amendments) {
    try (UsagePublisher publisher =
        UsagePublisher.open(
            endpoints.bootstrapServers(),
            RegistryClient.at(endpoints.registry()),
            PublisherSettings.standard())) {
      List<CompletableFuture<Acknowledged>> sent = new ArrayList<>(amendments.size());
      for (UsageEvent amendment : amendments) {
        sent.add(publisher.publish(amendment));
      }
      CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).join();
    } catch (CompletionException | InvalidInput e) {
      throw new StackProblem(
          "not every amendment was acknowledged: "
              + e.getMessage()
              + "; the same re-rate again is safe",
          e);
    }
  }
}
