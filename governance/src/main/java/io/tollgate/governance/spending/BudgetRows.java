package io.tollgate.governance.spending;

import io.tollgate.governance.store.Listing;
import io.tollgate.http.Refusal;
import io.tollgate.schemas.BudgetId;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.ScopeKind;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The table of budgets. */
final class BudgetRows {
  /** Rows of deleted budgets stay, so that their ids are never reused. */
  static final String ALIVE = " AND deleted_at IS NULL";

  private BudgetRows() {}

  record Row(Budget budget, Instant createdAt) {}

  /** Whether the id was free. */
  static boolean insert(Handle handle, Budget budget, Instant now) {
    return handle
            .createUpdate(
                "INSERT INTO budgets (id, organization_id, workspace_id, api_key_id, name, amount,"
                    + " currency, period, thresholds, hard, subject_kind, subject, anchor_day,"
                    + " created_at, version) VALUES (:id, :organization, :workspace, :key, :name,"
                    + " :amount, :currency, :period, :thresholds, :hard, :kind, :subject, :anchor,"
                    + " :now, :version) ON CONFLICT DO NOTHING")
            .bind("id", budget.getBudgetId())
            .bind("organization", budget.getOrganizationId())
            .bind("workspace", budget.getWorkspaceId())
            .bind("key", budget.getApiKeyId())
            .bind("name", budget.getName())
            .bind("amount", budget.getAmount())
            .bind("currency", budget.getCurrency())
            .bind("period", budget.getPeriod())
            .bindArray("thresholds", BigDecimal.class, budget.getThresholds())
            .bind("hard", budget.getHard())
            .bind(
                "kind",
                budget.getSubjectKind() == null
                    ? null
                    : BudgetFields.wireName(budget.getSubjectKind()))
            .bind("subject", budget.getSubject())
            .bind("anchor", budget.getAnchorDay())
            .bind("now", now)
            .bind("version", budget.getVersion())
            .execute()
        > 0;
  }

  static void update(Handle handle, Budget budget) {
    handle
        .createUpdate(
            "UPDATE budgets SET name = :name, amount = :amount, period = :period,"
                + " thresholds = :thresholds, hard = :hard, anchor_day = :anchor,"
                + " version = :version WHERE id = :id")
        .bind("id", budget.getBudgetId())
        .bind("name", budget.getName())
        .bind("amount", budget.getAmount())
        .bind("period", budget.getPeriod())
        .bindArray("thresholds", BigDecimal.class, budget.getThresholds())
        .bind("hard", budget.getHard())
        .bind("anchor", budget.getAnchorDay())
        .bind("version", budget.getVersion())
        .execute();
  }

  static void delete(Handle handle, BudgetId id, Instant now) {
    handle
        .createUpdate("UPDATE budgets SET deleted_at = :now WHERE id = :id")
        .bind("id", id.value())
        .bind("now", now)
        .execute();
  }

  /**
   * The budget.
   *
   * @param workspace the one it must be in, if any
   * @param lock empty, or the lock that the row is read under
   * @throws Refusal 404 if there is none, or no more
   */
  static Row require(
      Handle handle,
      OrganizationId organization,
      Optional<String> workspace,
      BudgetId id,
      String lock) {
    return handle
        .createQuery(
            "SELECT * FROM budgets WHERE id = :id AND organization_id = :organization"
                + " AND (CAST(:workspace AS text) IS NULL OR workspace_id = :workspace)"
                + ALIVE
                + " "
                + lock)
        .bind("id", id.value())
        .bind("organization", organization.value())
        .bind("workspace", workspace.orElse(null))
        .map((row, context) -> row(row))
        .findOne()
        .orElseThrow(() -> Refusal.notFound("budget_id", id.value()));
  }

  /**
   * The hard budgets of a period on an organization or workspace itself, the lowest first.
   *
   * @param lock empty, or the lock that the rows are read under
   */
  static List<Row> hardOn(
      Handle handle,
      OrganizationId organization,
      Optional<String> workspace,
      String period,
      String lock) {
    return handle
        .createQuery(
            "SELECT * FROM budgets WHERE organization_id = :organization"
                + " AND workspace_id IS NOT DISTINCT FROM CAST(:workspace AS text)"
                + " AND api_key_id IS NULL AND subject IS NULL AND hard AND period = :period"
                + ALIVE
                + " ORDER BY amount, id "
                + lock)
        .bind("organization", organization.value())
        .bind("workspace", workspace.orElse(null))
        .bind("period", period)
        .map((row, context) -> row(row))
        .list();
  }

  static Row row(ResultSet row) throws SQLException {
    String workspace = row.getString("workspace_id");
    String key = row.getString("api_key_id");
    @Nullable String kind = row.getString("subject_kind");
    Budget budget =
        Budget.newBuilder()
            .setBudgetId(row.getString("id"))
            .setOrganizationId(row.getString("organization_id"))
            .setScope(scope(workspace, key))
            .setWorkspaceId(workspace)
            .setApiKeyId(key)
            .setName(row.getString("name"))
            .setAmount(row.getBigDecimal("amount"))
            .setCurrency(row.getString("currency"))
            .setPeriod(row.getString("period"))
            .setThresholds(List.of((BigDecimal[]) row.getArray("thresholds").getArray()))
            .setHard(row.getBoolean("hard"))
            .setSubjectKind(kind == null ? null : BudgetFields.subjectKind(kind))
            .setSubject(row.getString("subject"))
            .setAnchorDay(row.getInt("anchor_day"))
            .setVersion(row.getInt("version"))
            .build();
    return new Row(budget, Listing.instant(row, "created_at"));
  }

  static ScopeKind scope(@Nullable String workspace, @Nullable String key) {
    return key != null
        ? ScopeKind.API_KEY
        : workspace != null ? ScopeKind.WORKSPACE : ScopeKind.ORGANIZATION;
  }
}
