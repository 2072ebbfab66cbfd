package io.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.app.api.Reconciliation;
import io.tollgate.app.api.UsageRow;
import io.tollgate.app.run.LineFigures.Outcomes;
import io.tollgate.app.run.RunResult;
import io.tollgate.app.workload.OwnCount;
import io.tollgate.app.workload.PriceList;
import io.tollgate.app.workload.TenantPlan;
import io.tollgate.app.workload.Trace;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs read these names: a change here is a change for them. */
class JsonStabilityTest {
  @TempDir private Path folder;

  private static final List<UsageRow> ROWS =
      List.of(
          new UsageRow(
              new OrganizationId("acme"),
              new WorkspaceId("acme-chat"),
              "gpt-5.4",
              2,
              300,
              40,
              new BigDecimal("0.000000000001"),
              "USD"));

  @Test
  void replay() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("trace.csv"),
            "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n");
    Trace trace = Trace.open(file, TenantPlan.bundled(), 42, Duration.ZERO, false);
    ObjectNode reconciliation = JsonNodeFactory.instance.objectNode().put("balanced", true);
    reconciliation.putObject("totals").put("rated", 7).put("landed_rows", 7);
    RunResult result =
        new RunResult(
            trace,
            OwnCount.of(trace, PriceList.bundled()),
            1,
            new Outcomes(1, 1, 1, 0, 0, 0, 0),
            List.of(),
            ROWS,
            List.of(),
            List.of(),
            new Reconciliation(reconciliation));

    JsonNode json = ReplayJson.of(result, trace, file, 42, Duration.ZERO);

    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly(
            "file",
            "file_sha256",
            "seed",
            "shift",
            "source",
            "backfill_id",
            "from",
            "to",
            "skipped_lines",
            "requests",
            "input_tokens",
            "output_tokens",
            "costs",
            "groups",
            "cost",
            "currency",
            "sent",
            "accepted",
            "duplicates",
            "rejected",
            "unrated",
            "rated_records",
            "landed_rows",
            "balanced",
            "good",
            "counted");
    assertThat(json.path("cost")).isEqualTo(JsonNodeFactory.instance.textNode("0.000000000001"));
    assertThat(json.path("counted").path("cost").isTextual()).isTrue();
    assertThat(json.path("landed_rows").asLong()).isEqualTo(7);
  }

  @Test
  void usage() {
    JsonNode json =
        UsageCommand.json(
            new Period.Range(Instant.EPOCH, Instant.EPOCH.plusSeconds(60)), ROWS, Optional.empty());

    assertThat(json)
        .hasToString(
            "{\"from\":\"1970-01-01T00:00:00Z\",\"to\":\"1970-01-01T00:01:00Z\","
                + "\"complete_through\":null,\"requests\":2,\"input_tokens\":300,"
                + "\"output_tokens\":40,\"costs\":{\"USD\":\"0.000000000001\"},\"groups\":["
                + "{\"organization_id\":\"acme\",\"workspace_id\":\"acme-chat\",\"model\":\"gpt-5.4\","
                + "\"requests\":2,\"input_tokens\":300,\"output_tokens\":40,"
                + "\"cost\":\"0.000000000001\",\"currency\":\"USD\"}]}");
  }
}
