package io.tollgate.governance.tenancy;

import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.http.Version;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Permission;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The plan of each organization, set by the operator. Nothing there is ended by a lower one. */
public final class Plans {
  private static final String OF_ONE = "/v1/platform/organizations/{id}/plan";
  private static final String OWN = "/v1/organization/plan";

  private final Changes changes;

  public Plans(Changes changes) {
    this.changes = changes;
  }

  public void routes(Routes routes) {
    routes
        .put(OF_ONE, Guard.operator(), this::put)
        .get(OF_ONE, Guard.operator(), call -> shown(200, find(Organizations.id(call))))
        .get(
            OWN,
            Guard.permission(Permission.PRICES_READ),
            call -> shown(200, find(call.organization())));
  }

  /** A plan with its version; 0 while nobody has set one. */
  private record Row(Plan plan, int version) {}

  /** 201 where there was none, 200 where it replaces another. */
  private Answer put(Call call) {
    OrganizationId organization = Organizations.id(call);
    Plan wanted = call.json(Plan.class);
    record Set(Row row, boolean isNew) {}
    Set set =
        changes.make(
            call.caller(),
            change -> {
              Organizations.requireActive(change.handle(), organization);
              Organizations.lock(change.handle(), organization);
              Row before = find(change.handle(), organization);
              Version.check(call, before.version());
              if (before.version() > 0 && before.plan().equals(wanted)) {
                return new Set(before, false);
              }
              Row row = new Row(wanted, before.version() + 1);
              write(change, organization, row);
              change.audit("plan.set", organization.value(), organization);
              return new Set(row, before.version() == 0);
            });
    return shown(set.isNew() ? 201 : 200, set.row());
  }

  private static void write(Change change, OrganizationId organization, Row row) {
    change
        .handle()
        .createUpdate(
            "INSERT INTO plans (organization_id, name, maximum_workspaces, maximum_members,"
                + " maximum_keys, updated_at, version) VALUES (:organization, :name, :workspaces,"
                + " :members, :keys, :now, :version) ON CONFLICT (organization_id) DO UPDATE SET"
                + " name = :name, maximum_workspaces = :workspaces, maximum_members = :members,"
                + " maximum_keys = :keys, updated_at = :now, version = :version")
        .bind("organization", organization.value())
        .bind("name", row.plan().name())
        .bind("workspaces", row.plan().maximumWorkspaces())
        .bind("members", row.plan().maximumMembers())
        .bind("keys", row.plan().maximumKeys())
        .bind("now", change.now())
        .bind("version", row.version())
        .execute();
  }

  /**
   * Refuses one more of what the plan bounds where it is full. Holds a lock until the end of the
   * change, so that two changes do not both take the last place; call it before anything is
   * published.
   *
   * @param count how many there are now
   * @throws Refusal 409 naming the bound and the count
   */
  public static void requireRoom(
      Change change, OrganizationId organization, Plan.Bound bound, ToLongFunction<Handle> count) {
    Organizations.lock(change.handle(), organization);
    Plan plan = find(change.handle(), organization).plan();
    Integer maximum = plan.maximum(bound);
    if (maximum == null) {
      return;
    }
    long there = count.applyAsLong(change.handle());
    if (there >= maximum) {
      throw Refusal.conflict(
          bound.field(),
          Integer.toString(maximum),
          "the plan \""
              + plan.name()
              + "\" has no room: the organization has "
              + there
              + " of at most "
              + maximum
              + " "
              + bound.noun());
    }
  }

  private Row find(OrganizationId organization) {
    return changes.read(
        handle -> {
          Organizations.require(handle, organization);
          return find(handle, organization);
        });
  }

  private static Row find(Handle handle, OrganizationId organization) {
    return handle
        .createQuery("SELECT * FROM plans WHERE organization_id = :organization")
        .bind("organization", organization.value())
        .map((row, context) -> row(row))
        .findOne()
        .orElse(new Row(Plan.UNBOUNDED, 0));
  }

  private static Row row(ResultSet row) throws SQLException {
    Plan plan =
        new Plan(
            row.getString("name"),
            maximum(row, "maximum_workspaces"),
            maximum(row, "maximum_members"),
            maximum(row, "maximum_keys"));
    return new Row(plan, row.getInt("version"));
  }

  private static @Nullable Integer maximum(ResultSet row, String column) throws SQLException {
    int maximum = row.getInt(column);
    return row.wasNull() ? null : maximum;
  }

  private static Answer shown(int status, Row row) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "organization.plan");
    json.put("name", row.plan().name());
    json.put("maximum_workspaces", row.plan().maximumWorkspaces());
    json.put("maximum_members", row.plan().maximumMembers());
    json.put("maximum_keys", row.plan().maximumKeys());
    json.put("version", row.version());
    return Answer.json(status, json).tagged(row.version());
  }
}
