package io.tollgate.governance.spending;

import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Deleted;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Home;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.Page;
import io.tollgate.governance.tenancy.Organizations;
import io.tollgate.governance.tenancy.Workspaces;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.http.Version;
import io.tollgate.schemas.BudgetId;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Budget;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Spend alerts of the imitated API: soft monthly budgets with one threshold, the whole amount. They
 * are budgets like others and show up as such. Its recipients are kept and shown, but mail is not
 * sent: the alert goes where every alert goes, to {@code budget.alerts} and the alert channels.
 */
public final class SpendAlerts {
  private static final String ALL = "/spend_alerts";
  private static final String ONE = "/{alert_id}";
  private static final String NAME = "Spend alert";
  private static final String TABLE =
      "(SELECT b.*, a.recipients, a.subject_prefix FROM budgets b"
          + " JOIN spend_alerts a ON a.budget_id = b.id"
          + " WHERE b.deleted_at IS NULL AND NOT b.hard AND b.period = 'month') found";

  private final Changes changes;
  private final NewIds ids;

  public SpendAlerts(Changes changes, NewIds ids) {
    this.changes = changes;
    this.ids = ids;
  }

  public void routes(Routes routes) {
    Guard read = Guard.permission(Permission.BUDGETS_READ);
    Guard write = Guard.permission(Permission.BUDGETS_WRITE);
    for (Home home : Home.values()) {
      String all = home.path(ALL);
      routes
          .post(all, write, call -> create(call, home.of(call)))
          .get(all, read, call -> list(call, home.of(call)), Page.PARAMETERS)
          .get(all + ONE, read, call -> get(call, home.of(call)))
          .post(all + ONE, write, call -> edit(call, home.of(call)))
          .delete(all + ONE, write, call -> delete(call, home.of(call)));
    }
  }

  /** A budget and what only the dialect has. */
  private record Row(BudgetRows.Row row, List<String> recipients, @Nullable String subjectPrefix) {}

  private static BudgetId id(Call call) {
    return call.path("alert_id", text -> Fields.named("alert_id", text, BudgetId::new));
  }

  private Answer create(Call call, Optional<WorkspaceId> workspace) {
    SpendAlertTerms terms = call.json(SpendAlertTerms.class);
    String id = ids.next("bud");
    Row made =
        changes.make(
            call.caller(),
            change -> {
              checkCurrency(change, call.organization(), terms);
              BudgetRows.Row row =
                  Budgets.insert(
                      change,
                      id,
                      BudgetTerms.monthly(NAME, terms.cents().money().toString(), false),
                      call.organization(),
                      workspace,
                      Optional.empty());
              return put(change, row, terms.notificationChannel());
            });
    return Answer.ok(json(made, workspace));
  }

  private Answer get(Call call, Optional<WorkspaceId> workspace) {
    BudgetId id = id(call);
    return Answer.ok(
        json(
            changes.read(handle -> require(handle, call.organization(), workspace, id)),
            workspace));
  }

  private Answer edit(Call call, Optional<WorkspaceId> workspace) {
    BudgetId id = id(call);
    SpendAlertTerms terms = call.json(SpendAlertTerms.class);
    Row edited =
        changes.make(
            call.caller(),
            change -> {
              checkCurrency(change, call.organization(), terms);
              lock(change, id);
              Row before = require(change.handle(), call.organization(), workspace, id);
              Version.check(call, before.row().budget().getVersion());
              BudgetEdit edit = BudgetEdit.ofAmount(terms.cents().money().toString());
              Budgets.requireTighter(call, workspace, before.row(), edit);
              BudgetRows.Row row = Budgets.edit(change, before.row(), edit);
              return put(change, row, terms.notificationChannel());
            });
    return Answer.ok(json(edited, workspace)).tagged(edited.row().budget().getVersion());
  }

  private Answer delete(Call call, Optional<WorkspaceId> workspace) {
    BudgetId id = id(call);
    changes.makeOnly(
        call.caller(),
        change -> {
          lock(change, id);
          BudgetRows.Row before =
              require(change.handle(), call.organization(), workspace, id).row();
          Version.check(call, before.budget().getVersion());
          Budgets.requireRemovable(call, workspace, before);
          Budgets.delete(change, before);
        });
    return Deleted.answer(kind(workspace), id.value());
  }

  private Answer list(Call call, Optional<WorkspaceId> workspace) {
    Page page = Page.of(call);
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("organization", call.organization().value());
    workspace.ifPresent(id -> parameters.put("workspace", id.value()));
    Listing<Row> listing =
        new Listing<>(TABLE, where(workspace), parameters, (row, context) -> row(row));
    List<Row> found =
        changes.read(
            handle -> {
              Organizations.require(handle, call.organization());
              workspace.ifPresent(id -> Workspaces.require(handle, call.organization(), id));
              return listing.read(handle, page);
            });
    return Answer.ok(page.envelope(found, row -> json(row, workspace)));
  }

  private static String where(Optional<WorkspaceId> workspace) {
    return "organization_id = :organization AND workspace_id "
        + (workspace.isPresent() ? "= :workspace" : "IS NULL");
  }

  private static void checkCurrency(
      Change change, OrganizationId organization, SpendAlertTerms terms) {
    SpendTerms.checkCurrency(
        terms.currency(), Organizations.require(change.handle(), organization).getCurrency());
  }

  private static void lock(Change change, BudgetId id) {
    change.handle().execute("SELECT id FROM budgets WHERE id = ? FOR UPDATE", id.value());
  }

  private static Row put(
      Change change, BudgetRows.Row row, SpendAlertTerms.NotificationChannel channel) {
    change
        .handle()
        .createUpdate(
            "INSERT INTO spend_alerts (budget_id, recipients, subject_prefix)"
                + " VALUES (:id, :recipients, :prefix) ON CONFLICT (budget_id)"
                + " DO UPDATE SET recipients = :recipients, subject_prefix = :prefix")
        .bind("id", row.budget().getBudgetId())
        .bindArray("recipients", String.class, channel.recipients())
        .bind("prefix", channel.subjectPrefix())
        .execute();
    return new Row(row, channel.recipients(), channel.subjectPrefix());
  }

  private static Row require(
      Handle handle, OrganizationId organization, Optional<WorkspaceId> workspace, BudgetId id) {
    Organizations.require(handle, organization);
    workspace.ifPresent(one -> Workspaces.require(handle, organization, one));
    return handle
        .createQuery("SELECT * FROM " + TABLE + " WHERE id = :id AND " + where(workspace))
        .bind("id", id.value())
        .bind("organization", organization.value())
        .bind("workspace", workspace.map(WorkspaceId::value).orElse(null))
        .map((row, context) -> row(row))
        .findOne()
        .orElseThrow(() -> Refusal.notFound("alert_id", id.value()));
  }

  private static Row row(ResultSet row) throws SQLException {
    return new Row(
        BudgetRows.row(row),
        List.of((String[]) row.getArray("recipients").getArray()),
        row.getString("subject_prefix"));
  }

  private static String kind(Optional<WorkspaceId> workspace) {
    return workspace.isPresent() ? "project.spend_alert" : "organization.spend_alert";
  }

  private static Map<String, Object> json(Row row, Optional<WorkspaceId> workspace) {
    Budget budget = row.row().budget();
    Map<String, Object> channel = new LinkedHashMap<>();
    channel.put("recipients", row.recipients());
    channel.put("type", "email");
    channel.put("subject_prefix", row.subjectPrefix());
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", kind(workspace));
    json.put("id", budget.getBudgetId());
    json.put("currency", budget.getCurrency());
    json.put("interval", budget.getPeriod());
    json.put("notification_channel", channel);
    Cents.of(budget.getAmount()).addTo(json);
    json.put("delivered_by", "alert_channels");
    return json;
  }
}
