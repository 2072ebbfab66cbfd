package io.tollgate.governance.access;

import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.Page;
import io.tollgate.governance.tenancy.Organizations;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.schemas.Ids;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Permission;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the operator may look at in one organization, for a time and with a reason: for whoever is
 * asked for help. It ends by itself, and the organization's audit has it from the start.
 */
public final class OperatorGrants {
  private static final String PATH = "/v1/platform/organizations/{id}/grants";
  private static final String ONE = PATH + "/{grant_id}";
  private static final Duration LONGEST = Duration.ofDays(7);

  /** Reading only: nobody's things are changed on somebody's behalf. */
  private static final Set<Permission> GRANTABLE =
      EnumSet.of(
          Permission.USAGE_READ,
          Permission.MEMBERS_READ,
          Permission.WORKSPACES_READ,
          Permission.KEYS_READ,
          Permission.BUDGETS_READ,
          Permission.AUDIT_READ,
          Permission.REJECTED_READ);

  private final Changes changes;
  private final NewIds ids;

  public OperatorGrants(Changes changes, NewIds ids) {
    this.changes = changes;
    this.ids = ids;
  }

  public void routes(Routes routes) {
    routes
        .post(PATH, Guard.operator(), this::grant)
        .get(PATH, Guard.operator(), this::list, Page.PARAMETERS)
        .delete(ONE, Guard.operator(), this::end);
  }

  /** What is to be seen, why, and for how long. */
  record Wanted(List<String> permissions, String reason, long seconds) {
    Wanted {
      permissions = permissions.stream().distinct().sorted().toList();
      for (String permission : permissions) {
        InvalidInput.unless(
            Permission.find(permission).filter(GRANTABLE::contains).isPresent(),
            "permissions",
            permission,
            "must be one of "
                + GRANTABLE.stream().map(Permission::wireName).collect(Collectors.joining(", ")));
      }
      InvalidInput.unless(
          !permissions.isEmpty(), "permissions", "[]", "must name at least one permission");
      Inputs.text("reason", reason);
      InvalidInput.unless(
          seconds >= 1 && seconds <= LONGEST.toSeconds(),
          "seconds",
          seconds,
          "must be 1 to " + LONGEST.toSeconds());
    }
  }

  private record Row(
      String id,
      String operator,
      String organization,
      List<String> permissions,
      String reason,
      Instant createdAt,
      Instant endsAt,
      @Nullable Instant revokedAt) {
    Map<String, Object> json() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("object", "operator_grant");
      json.put("id", id);
      json.put("organization_id", organization);
      json.put("operator_id", operator);
      json.put("permissions", permissions);
      json.put("reason", reason);
      json.put("created_at", createdAt.getEpochSecond());
      json.put("ends_at", (revokedAt == null ? endsAt : revokedAt).getEpochSecond());
      return json;
    }

    Map<String, Object> audited() {
      return Map.of(
          "permissions", permissions, "reason", reason, "ends_at", endsAt.getEpochSecond());
    }
  }

  private static OrganizationId organization(Call call) {
    return call.path("id", text -> Fields.id(text, OrganizationId::new));
  }

  private Answer grant(Call call) {
    OrganizationId organization = organization(call);
    Wanted wanted = call.json(Wanted.class);
    return Answer.created(
        changes
            .make(
                call.caller(),
                change -> {
                  Organizations.require(change.handle(), organization);
                  Row row =
                      new Row(
                          ids.next("grant"),
                          call.caller().id(),
                          organization.value(),
                          wanted.permissions(),
                          wanted.reason(),
                          change.now(),
                          change.now().plusSeconds(wanted.seconds()),
                          null);
                  insert(change, row);
                  change.audit(event("operator_grant.created", row).to(row.audited()));
                  OperatorKey.republish(change, row.operator());
                  return row;
                })
            .json());
  }

  private static AuditEvent event(String what, Row row) {
    return AuditEvent.of(what, "operator_grant", row.id())
        .in(new OrganizationId(row.organization()));
  }

  private static void insert(Change change, Row row) {
    change
        .handle()
        .createUpdate(
            "INSERT INTO operator_grants (id, operator_id, organization_id, permissions, reason,"
                + " created_at, ends_at) VALUES (:id, :operator, :organization, :permissions,"
                + " :reason, :now, :ends)")
        .bind("id", row.id())
        .bind("operator", row.operator())
        .bind("organization", row.organization())
        .bindArray("permissions", String.class, row.permissions())
        .bind("reason", row.reason())
        .bind("now", row.createdAt())
        .bind("ends", row.endsAt())
        .execute();
  }

  private Answer list(Call call) {
    Page page = Page.of(call);
    OrganizationId organization = organization(call);
    Listing<Row> listing =
        new Listing<>(
            "operator_grants",
            "organization_id = :organization",
            PeopleRows.in(organization),
            (row, context) -> row(row));
    return Answer.ok(
        page.envelope(
            changes.read(
                handle -> {
                  Organizations.require(handle, organization);
                  return listing.read(handle, page);
                }),
            Row::json));
  }

  private Answer end(Call call) {
    OrganizationId organization = organization(call);
    String id = call.path("grant_id", text -> Ids.check("grant_id", text));
    return Answer.ok(
        changes
            .make(
                call.caller(),
                change -> {
                  Row row =
                      change
                          .handle()
                          .createQuery(
                              "UPDATE operator_grants SET revoked_at = :now WHERE id = :id"
                                  + " AND organization_id = :organization AND revoked_at IS NULL"
                                  + " AND ends_at > :now RETURNING *")
                          .bind("now", change.now())
                          .bind("id", id)
                          .bind("organization", organization.value())
                          .map((found, context) -> row(found))
                          .findOne()
                          .orElseThrow(() -> Refusal.notFound("grant_id", id));
                  change.audit(event("operator_grant.ended", row).from(row.audited()));
                  OperatorKey.republish(change, row.operator());
                  return row;
                })
            .json());
  }

  private static Row row(ResultSet row) throws SQLException {
    return new Row(
        row.getString("id"),
        row.getString("operator_id"),
        row.getString("organization_id"),
        List.of((String[]) row.getArray("permissions").getArray()),
        row.getString("reason"),
        Listing.instant(row, "created_at"),
        Listing.instant(row, "ends_at"),
        Listing.optionalInstant(row, "revoked_at"));
  }
}
