package io.tollgate.app;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.app.run.RunResult;
import io.tollgate.app.workload.OwnCount;
import io.tollgate.app.workload.TenantPlan;
import io.tollgate.app.workload.Trace;
import java.nio.file.Path;
import java.time.Duration;

/** The answer of {@code replay --json}. Names are stable; money is a string with exact decimals. */
final class ReplayJson {
  private ReplayJson() {}

  static ObjectNode of(RunResult result, Trace trace, Path file, long seed, Duration shift) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("file", file.toString());
    root.put("file_sha256", trace.sha256());
    root.put("seed", seed);
    root.put("shift", shift.toString());
    root.put("source", trace.source());
    root.put("backfill_id", trace.backfillId());
    root.put("from", trace.from().toString());
    root.put("to", trace.to().toString());
    root.put("skipped_lines", trace.skippedLines());
    UsageJson.put(root, result.after());
    root.put("cost", root.path("costs").path(TenantPlan.CURRENCY).asText("0"));
    root.put("currency", TenantPlan.CURRENCY);
    root.put("sent", result.sent());
    root.put("accepted", result.outcomes().rated());
    root.put("duplicates", result.outcomes().duplicate());
    root.put("rejected", result.outcomes().rejected());
    root.put("unrated", result.outcomes().unrated());
    root.put("rated_records", result.reconciliation().ratedRecords());
    root.put("landed_rows", result.reconciliation().landedRows());
    root.put("balanced", result.reconciliation().isBalanced());
    root.put("good", result.isGood());
    OwnCount.Sums own = result.own().total();
    root.putObject("counted")
        .put("requests", own.requests())
        .put("input_tokens", own.inputTokens())
        .put("output_tokens", own.outputTokens())
        .put("cost", own.cost().toPlainString());
    return root;
  }
}
