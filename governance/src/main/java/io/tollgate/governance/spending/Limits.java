package io.tollgate.governance.spending;

import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Deleted;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.TopicSource;
import io.tollgate.governance.tenancy.KeyHome;
import io.tollgate.governance.tenancy.Organizations;
import io.tollgate.governance.tenancy.Workspaces;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.http.Version;
import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Limit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Limits of organizations, workspaces and API keys: one set per scope. Below may tighten, never
 * loosen; whoever tightens above what is set below is told where.
 */
public final class Limits {
  private static final String OF_ORGANIZATION = "/v1/organization/limits";
  private static final String OF_WORKSPACE = "/v1/organization/projects/{id}/limits";
  private static final String OF_KEY =
      "/v1/organization/projects/{id}/api_keys/{api_key_id}/limits";

  private final Changes changes;

  public Limits(Changes changes) {
    this.changes = changes;
  }

  public void routes(Routes routes) {
    routes(
        routes,
        OF_ORGANIZATION,
        Permission.BUDGETS_WRITE,
        call -> new LimitScope(call.organization(), null, null));
    routes(
        routes,
        OF_WORKSPACE,
        Permission.BUDGETS_WRITE,
        call -> new LimitScope(call.organization(), Workspaces.id(call).value(), null));
    routes(
        routes,
        OF_KEY,
        Permission.BUDGETS_WRITE_KEY,
        call ->
            new LimitScope(call.organization(), Workspaces.id(call).value(), apiKey(call).value()));
  }

  private void routes(
      Routes routes, String path, Permission write, Function<Call, LimitScope> scope) {
    routes
        .put(path, Guard.permission(write), call -> put(call, scope.apply(call)))
        .get(path, Guard.permission(Permission.BUDGETS_READ), call -> get(scope.apply(call)))
        .delete(path, Guard.permission(write), call -> delete(call, scope.apply(call)));
  }

  private static ApiKeyId apiKey(Call call) {
    return call.path("api_key_id", text -> Fields.named("api_key_id", text, ApiKeyId::new));
  }

  /** 201 where there were none, 200 where they replace others. */
  private Answer put(Call call, LimitScope scope) {
    LimitTerms terms = call.json(LimitTerms.class);
    terms.requireAny();
    Set set = changes.make(call.caller(), change -> put(change, call, scope, before -> terms));
    return shown(set.isNew() ? 201 : 200, set.limit());
  }

  /** What limits are there now, and whether there were none before. */
  private record Set(Limit limit, boolean isNew) {}

  /** Changes the limits of a scope to what the edit makes of those before, null if none. */
  Limit edit(Call call, LimitScope scope, Edit edit) {
    return changes.make(call.caller(), change -> put(change, call, scope, edit)).limit();
  }

  /** What limits become of those before, null if there are none. */
  interface Edit {
    LimitTerms applyTo(@Nullable LimitTerms before);
  }

  /** As {@link #edit}, within a change. */
  static Limit put(Change change, LimitScope scope, Edit edit, boolean tightensOnly) {
    lock(change.handle(), scope);
    return put(change, scope, LimitRows.find(change.handle(), scope), edit, tightensOnly).limit();
  }

  private static Set put(
      Change change, LimitScope scope, Optional<Limit> before, Edit edit, boolean tightensOnly) {
    LimitTerms terms = edit.applyTo(before.map(Limits::terms).orElse(null));
    if (tightensOnly) {
      before.ifPresent(
          present -> Tightness.requireTighter(present, limit(scope, terms, present.getVersion())));
    }
    return put(change, scope, terms);
  }

  private static Set put(Change change, Call call, LimitScope scope, Edit edit) {
    lock(change.handle(), scope);
    Optional<Limit> before = LimitRows.find(change.handle(), scope);
    Version.check(call, before.map(Limit::getVersion).orElse(0));
    return put(change, scope, before, edit, tightensOnly(call, scope));
  }

  /**
   * Sets the limits of a scope whose organization is locked.
   *
   * @throws InvalidInput if they are looser than above
   * @throws Refusal 409 if they are tighter than below
   */
  private static Set put(Change change, LimitScope scope, LimitTerms terms) {
    Handle handle = change.handle();
    Optional<Limit> before = LimitRows.find(handle, scope);
    Limit wanted = limit(scope, terms, before.map(Limit::getVersion).orElse(0));
    if (before.isPresent() && before.get().equals(wanted)) {
      return new Set(wanted, false);
    }
    wanted.setVersion(LimitRows.lastVersion(handle, scope) + 1);
    check(handle, scope, wanted);
    LimitRows.put(handle, wanted, change.now());
    change.publish(Topics.LIMITS, scope.key(), wanted);
    change.audit(
        event("limits.set", scope).from(before.map(Limits::json).orElse(null)).to(json(wanted)));
    return new Set(wanted, before.isEmpty());
  }

  private static LimitTerms terms(Limit limit) {
    return new LimitTerms(
        limit.getRequestsPerMinute(),
        limit.getTokensPerMinute(),
        limit.getTokensPerDay(),
        limit.getAllowedModels(),
        limit.getDeniedModels());
  }

  /** The limits of a scope that must be there. */
  Optional<Limit> read(LimitScope scope) {
    return changes.read(
        handle -> {
          require(handle, scope);
          return LimitRows.find(handle, scope);
        });
  }

  private Answer get(LimitScope scope) {
    return shown(
        200,
        changes.read(
            handle -> {
              require(handle, scope);
              return found(handle, scope);
            }));
  }

  private Answer delete(Call call, LimitScope scope) {
    changes.makeOnly(
        call.caller(),
        change -> {
          lock(change.handle(), scope);
          Limit before = found(change.handle(), scope);
          Version.check(call, before.getVersion());
          if (tightensOnly(call, scope)) {
            Tightness.refuseRemoval();
          }
          delete(change, scope, before);
        });
    return Deleted.answer("organization.limits", scope.key());
  }

  /** Ends the limits of a scope whose organization is locked. */
  static void delete(Change change, LimitScope scope, Limit before) {
    LimitRows.delete(change.handle(), scope, change.now());
    change.remove(Topics.LIMITS, scope.key());
    change.audit(event("limits.deleted", scope).from(json(before)));
  }

  private static boolean tightensOnly(Call call, LimitScope scope) {
    return scope.workspace() != null
        && call.access()
            .tightensOnly(
                scope.apiKey() == null ? Permission.BUDGETS_WRITE : Permission.BUDGETS_WRITE_KEY,
                new WorkspaceId(scope.workspace()));
  }

  private static Limit found(Handle handle, LimitScope scope) {
    return LimitRows.find(handle, scope).orElseThrow(() -> Refusal.notFound("limits", scope.key()));
  }

  /** Limits of one organization change one after the other, so that no two loosen each other. */
  private static void lock(Handle handle, LimitScope scope) {
    require(handle, scope);
    Organizations.lock(handle, scope.organization());
  }

  /** The scope must be there, and be this organization's. */
  private static void require(Handle handle, LimitScope scope) {
    OrganizationId organization = scope.organization();
    Organizations.require(handle, organization);
    if (scope.workspace() == null) {
      return;
    }
    WorkspaceId workspace = new WorkspaceId(scope.workspace());
    Workspaces.require(handle, organization, workspace);
    if (scope.apiKey() != null) {
      ApiKeyId key = new ApiKeyId(scope.apiKey());
      if (!KeyHome.require(handle, organization, key).equals(workspace)) {
        throw Refusal.notFound("api_key_id", key.value());
      }
    }
  }

  private static void check(Handle handle, LimitScope scope, Limit wanted) {
    for (Limit other : LimitRows.all(handle, scope.organization())) {
      LimitScope at = LimitScope.of(other);
      if (scope.isBelow(at)) {
        Tightness.looser(wanted, other)
            .ifPresent(
                looser -> {
                  throw new InvalidInput(
                      looser.field(),
                      looser.below(),
                      "must not be looser than above: " + at + " has " + looser.above());
                });
      } else if (at.isBelow(scope)) {
        Tightness.looser(other, wanted)
            .ifPresent(
                looser -> {
                  throw Refusal.conflict(
                      looser.field(),
                      looser.above(),
                      "would be tighter than below: "
                          + at
                          + " has "
                          + looser.below()
                          + "; tighten that first");
                });
      }
    }
  }

  static Limit limit(LimitScope scope, LimitTerms terms, int version) {
    return Limit.newBuilder()
        .setOrganizationId(scope.organization().value())
        .setScope(scope.kind())
        .setWorkspaceId(scope.workspace())
        .setApiKeyId(scope.apiKey())
        .setRequestsPerMinute(terms.requestsPerMinute())
        .setTokensPerMinute(terms.tokensPerMinute())
        .setTokensPerDay(terms.tokensPerDay())
        .setAllowedModels(terms.allowedModels())
        .setDeniedModels(terms.denied())
        .setVersion(version)
        .build();
  }

  private static AuditEvent event(String type, LimitScope scope) {
    String workspace = scope.workspace();
    return AuditEvent.of(type, "limits", scope.key())
        .in(scope.organization())
        .in(workspace == null ? null : new WorkspaceId(workspace));
  }

  private static Answer shown(int status, Limit limit) {
    return Answer.json(status, json(limit)).tagged(limit.getVersion());
  }

  private static Map<String, Object> json(Limit limit) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "organization.limits");
    json.put("id", LimitScope.of(limit).key());
    json.put("organization_id", limit.getOrganizationId());
    json.put("project_id", limit.getWorkspaceId());
    json.put("api_key_id", limit.getApiKeyId());
    json.put("requests_per_minute", limit.getRequestsPerMinute());
    json.put("tokens_per_minute", limit.getTokensPerMinute());
    json.put("tokens_per_day", limit.getTokensPerDay());
    json.put("allowed_models", limit.getAllowedModels());
    json.put("denied_models", limit.getDeniedModels());
    json.put("version", limit.getVersion());
    return json;
  }

  /** What the topic must hold. */
  public static TopicSource<Limit> published() {
    return new TopicSource<>(
        Topics.LIMITS,
        "SELECT * FROM limits WHERE deleted_at IS NULL",
        (row, context) -> LimitRows.limit(row),
        limit -> LimitScope.of(limit).key());
  }
}
