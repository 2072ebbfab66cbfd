package io.tollgate.governance.tenancy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Inputs;
import io.tollgate.http.StrictJson;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Money;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What may be changed about a workspace.
 *
 * @param owner who answers for it; a workspace without one is flagged
 * @param keyOwner who answers for its keys
 * @param expectedMonthlySpend decimal text, zero or more, in the organization's currency
 * @param escalationContact whom to call when its traffic is stopped
 * @param labels {@code product_line}, {@code cost_center} and free ones, at most 32
 */
record WorkspaceTerms(
    String name,
    @Nullable String owner,
    @Nullable String keyOwner,
    @Nullable String environment,
    @Nullable String primaryWorkload,
    @Nullable String expectedMonthlySpend,
    @Nullable String escalationContact,
    @Nullable Map<String, String> labels) {
  static final int MOST_LABELS = 32;
  private static final String LABEL = "[a-z][a-z0-9_.-]{0,62}";

  WorkspaceTerms {
    Inputs.text("name", name);
    optional("owner", owner);
    optional("key_owner", keyOwner);
    optional("environment", environment);
    optional("primary_workload", primaryWorkload);
    optional("escalation_contact", escalationContact);
    if (expectedMonthlySpend != null) {
      Money spend = Fields.named("expected_monthly_spend", expectedMonthlySpend, Money::parse);
      InvalidInput.unless(
          spend.compareTo(Money.ZERO) >= 0,
          "expected_monthly_spend",
          expectedMonthlySpend,
          "must not be below zero");
      expectedMonthlySpend = Inputs.plain(spend.value());
    }
    labels = labels(labels == null ? Map.of() : labels);
  }

  static WorkspaceTerms named(String name) {
    return new WorkspaceTerms(name, null, null, null, null, null, null, null);
  }

  /** Checks a document that a merge patch has come to. */
  static WorkspaceTerms of(ObjectNode document) {
    return StrictJson.read(StrictJson.write(document), WorkspaceTerms.class);
  }

  /** These terms with a patch on them: what it does not name stays, null removes. */
  WorkspaceTerms with(ObjectNode patch) {
    ObjectNode document = StrictJson.mapper().valueToTree(this);
    return of(MergePatch.apply(MergePatch.apply(MergePatch.empty(), document), patch));
  }

  Map<String, String> labelsOrNone() {
    return labels == null ? Map.of() : labels;
  }

  @Nullable Money spend() {
    return expectedMonthlySpend == null ? null : Money.parse(expectedMonthlySpend);
  }

  private static void optional(String field, @Nullable String text) {
    if (text != null) {
      Inputs.text(field, text);
    }
  }

  private static Map<String, String> labels(Map<String, String> given) {
    InvalidInput.unless(
        given.size() <= MOST_LABELS,
        "labels",
        given.size() + " labels",
        "must be at most " + MOST_LABELS);
    given.forEach(
        (name, value) -> {
          InvalidInput.unless(
              name.matches(LABEL), "labels", name, "must have names that match " + LABEL);
          Inputs.text("labels." + name, value);
        });
    return Collections.unmodifiableMap(new TreeMap<>(given));
  }
}
