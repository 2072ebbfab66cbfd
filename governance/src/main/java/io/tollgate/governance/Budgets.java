package io.tollgate.governance;

import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.ScopeKind;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Budgets on an organization, a workspace or an API key. */
final class Budgets {
  private static final String OF_ORGANIZATION = "/v1/organization/budgets";
  private static final String OF_WORKSPACE = "/v1/organization/projects/{id}/budgets";

  private final Changes changes;
  private final NewIds ids;

  Budgets(Changes changes, NewIds ids) {
    this.changes = changes;
    this.ids = ids;
  }

  void routes(Routes routes) {
    routes
        .post(OF_ORGANIZATION, Guard.organization(), call -> create(call, Optional.empty()))
        .get(
            OF_ORGANIZATION,
            Guard.organization(),
            call -> list(call, Optional.empty()),
            Page.PARAMETERS)
        .post(
            OF_WORKSPACE,
            Guard.organization(),
            call -> create(call, Optional.of(Workspaces.id(call))))
        .get(
            OF_WORKSPACE,
            Guard.organization(),
            call -> list(call, Optional.of(Workspaces.id(call))),
            Page.PARAMETERS);
  }

  private record Row(Budget budget, Instant createdAt) {}

  private Answer create(Call call, Optional<WorkspaceId> workspace) {
    BudgetTerms terms = call.json(BudgetTerms.class);
    Optional<ApiKeyId> key =
        Optional.ofNullable(terms.apiKeyId())
            .map(id -> Fields.named("api_key_id", id, ApiKeyId::new));
    String id = terms.id() == null ? ids.next("bud") : terms.id();
    Row made =
        changes.make(
            call.caller(),
            change -> insert(change, id, terms, call.organization(), workspace, key));
    return Answer.created(json(made));
  }

  private static Row insert(
      Change change,
      String id,
      BudgetTerms terms,
      OrganizationId organizationId,
      Optional<WorkspaceId> given,
      Optional<ApiKeyId> key) {
    Organization organization = Organizations.require(change.handle(), organizationId);
    Optional<WorkspaceId> workspace = workspace(change.handle(), organizationId, given, key);
    Budget budget =
        Budget.newBuilder()
            .setBudgetId(id)
            .setOrganizationId(organizationId.value())
            .setScope(
                key.isPresent()
                    ? ScopeKind.API_KEY
                    : workspace.isPresent() ? ScopeKind.WORKSPACE : ScopeKind.ORGANIZATION)
            .setWorkspaceId(workspace.map(WorkspaceId::value).orElse(null))
            .setApiKeyId(key.map(ApiKeyId::value).orElse(null))
            .setName(terms.name())
            .setAmount(terms.money().value())
            .setCurrency(organization.getCurrency())
            .setPeriod(terms.period())
            .setThresholds(terms.fractions())
            .setHard(terms.isHard())
            .setVersion(1)
            .build();
    int inserted =
        change
            .handle()
            .createUpdate(
                "INSERT INTO budgets (id, organization_id, workspace_id, api_key_id, name, amount,"
                    + " currency, period, thresholds, hard, created_at, version) VALUES (:id,"
                    + " :organization, :workspace, :key, :name, :amount, :currency, :period,"
                    + " :thresholds, :hard, :now, 1) ON CONFLICT DO NOTHING")
            .bind("id", id)
            .bind("organization", organizationId.value())
            .bind("workspace", budget.getWorkspaceId())
            .bind("key", budget.getApiKeyId())
            .bind("name", budget.getName())
            .bind("amount", budget.getAmount())
            .bind("currency", budget.getCurrency())
            .bind("period", budget.getPeriod())
            .bindArray("thresholds", BigDecimal.class, budget.getThresholds())
            .bind("hard", budget.getHard())
            .bind("now", change.now())
            .execute();
    if (inserted == 0) {
      throw Refusal.conflict("id", id, "is taken; ids are never reused");
    }
    change.publish(Topics.BUDGETS, id, budget);
    change.audit("budget.created", id, organizationId);
    return new Row(budget, change.now());
  }

  /** The workspace that the budget is in: the path's, which must hold the key, or the key's own. */
  private static Optional<WorkspaceId> workspace(
      Handle handle,
      OrganizationId organization,
      Optional<WorkspaceId> given,
      Optional<ApiKeyId> key) {
    given.ifPresent(id -> Workspaces.require(handle, organization, id));
    if (key.isEmpty()) {
      return given;
    }
    WorkspaceId own = ApiKeys.requireWorkspaceOf(handle, organization, key.get());
    if (given.isPresent() && !given.get().equals(own)) {
      throw Refusal.notFound("api_key_id", key.get().value());
    }
    return Optional.of(own);
  }

  private Answer list(Call call, Optional<WorkspaceId> workspace) {
    Page page = Page.of(call);
    String organization = call.organization().value();
    Listing<Row> listing =
        workspace
            .map(
                id ->
                    new Listing<>(
                        "budgets",
                        "organization_id = :organization AND workspace_id = :workspace",
                        Map.of("organization", organization, "workspace", id.value()),
                        (row, context) -> row(row)))
            .orElseGet(
                () ->
                    new Listing<>(
                        "budgets",
                        "organization_id = :organization",
                        Map.of("organization", organization),
                        (row, context) -> row(row)));
    List<Row> found =
        changes.read(
            handle -> {
              Organizations.require(handle, call.organization());
              workspace.ifPresent(id -> Workspaces.require(handle, call.organization(), id));
              return listing.read(handle, page);
            });
    return Answer.ok(page.envelope(found, Budgets::json));
  }

  private static Row row(ResultSet row) throws SQLException {
    String workspace = row.getString("workspace_id");
    String key = row.getString("api_key_id");
    Budget budget =
        Budget.newBuilder()
            .setBudgetId(row.getString("id"))
            .setOrganizationId(row.getString("organization_id"))
            .setScope(
                key != null
                    ? ScopeKind.API_KEY
                    : workspace != null ? ScopeKind.WORKSPACE : ScopeKind.ORGANIZATION)
            .setWorkspaceId(workspace)
            .setApiKeyId(key)
            .setName(row.getString("name"))
            .setAmount(row.getBigDecimal("amount"))
            .setCurrency(row.getString("currency"))
            .setPeriod(row.getString("period"))
            .setThresholds(List.of((BigDecimal[]) row.getArray("thresholds").getArray()))
            .setHard(row.getBoolean("hard"))
            .setVersion(row.getInt("version"))
            .build();
    return new Row(budget, Listing.instant(row, "created_at"));
  }

  private static Map<String, Object> json(Row row) {
    Budget budget = row.budget();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "organization.budget");
    json.put("id", budget.getBudgetId());
    json.put("name", budget.getName());
    json.put("organization_id", budget.getOrganizationId());
    json.put("project_id", budget.getWorkspaceId());
    json.put("api_key_id", budget.getApiKeyId());
    json.put("amount", plain(Money.of(budget.getAmount()).value()));
    json.put("currency", budget.getCurrency());
    json.put("period", budget.getPeriod());
    json.put("thresholds", budget.getThresholds().stream().map(Budgets::plain).toList());
    json.put("hard", budget.getHard());
    json.put("created_at", row.createdAt().getEpochSecond());
    return json;
  }

  /** Exact, without trailing zeros or an exponent. */
  private static String plain(BigDecimal decimal) {
    BigDecimal stripped = decimal.stripTrailingZeros();
    return stripped.toPlainString();
  }
}
