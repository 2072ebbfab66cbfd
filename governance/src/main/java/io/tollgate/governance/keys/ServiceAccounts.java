package io.tollgate.governance.keys;

import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Deleted;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.Lifetime;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.Page;
import io.tollgate.governance.tenancy.Workspaces;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.http.Version;
import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.WorkspaceId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Service accounts: identities of programs in a workspace, with keys of their own. One is an editor
 * of its workspace or has no role; the imitated API calls that member or none.
 */
public final class ServiceAccounts {
  private static final String PATH = "/v1/organization/projects/{id}/service_accounts";
  private static final String ONE = PATH + "/{service_account_id}";
  private static final String EDITOR = "editor";
  private static final String MEMBER = "member";
  private static final String NONE = "none";
  private static final String KEY_KIND = "organization.project.service_account.api_key";

  private final Changes changes;
  private final NewIds ids;
  private final KeyChanges keys;

  public ServiceAccounts(Changes changes, NewIds ids, ApiKeys apiKeys) {
    this.changes = changes;
    this.ids = ids;
    this.keys = apiKeys.keyChanges();
  }

  public void routes(Routes routes) {
    routes
        .post(PATH, Guard.permission(Permission.KEYS_WRITE), this::create)
        .get(PATH, Guard.permission(Permission.KEYS_READ), this::list, Page.PARAMETERS)
        .get(ONE, Guard.permission(Permission.KEYS_READ), this::get)
        .post(ONE, Guard.permission(Permission.KEYS_WRITE), this::edit)
        .delete(ONE, Guard.permission(Permission.KEYS_WRITE), this::delete)
        .post(ONE + "/api_keys", Guard.permission(Permission.KEYS_WRITE), this::createKey);
  }

  /**
   * What a new service account is made of.
   *
   * @param createServiceAccountOnly true to make it without a first key
   * @param expiresInSeconds of the first key
   * @param role member (a workspace editor) or none; member if left out, as in the imitated API
   */
  record Wanted(
      @Nullable String id,
      String name,
      @Nullable Boolean createServiceAccountOnly,
      @Nullable Long expiresInSeconds,
      @Nullable String role) {
    Wanted {
      if (id != null) {
        Fields.named("id", id, ApiKeyId::new);
      }
      Inputs.text("name", name);
      Lifetime.check(expiresInSeconds);
      checkRole(role);
    }
  }

  /** What is to change about a service account; what is left out stays. */
  record Edit(@Nullable String name, @Nullable String role) {
    Edit {
      if (name != null) {
        Inputs.text("name", name);
      }
      checkRole(role);
    }
  }

  /** A further key of a service account, in the imitated API's words. */
  record WantedKey(
      @Nullable String name, @Nullable List<String> scopes, @Nullable Long expiresInSeconds) {
    WantedKey {
      if (name != null) {
        Inputs.text("name", name);
      }
      scopes = scopes == null ? null : KeyFields.scopes(scopes);
      Lifetime.check(expiresInSeconds);
    }
  }

  private static void checkRole(@Nullable String role) {
    InvalidInput.unless(
        role == null || role.equals(MEMBER) || role.equals(NONE),
        "role",
        role == null ? "" : role,
        "must be member (an editor of the project) or none; a service account owns nothing");
  }

  private static @Nullable String role(String dialect) {
    return dialect.equals(MEMBER) ? EDITOR : null;
  }

  static String dialectRole(@Nullable String role) {
    return role == null ? NONE : MEMBER;
  }

  private static String id(Call call) {
    return call.path(
        "service_account_id",
        text -> Fields.named("service_account_id", text, ApiKeyId::new).value());
  }

  private Answer create(Call call) {
    WorkspaceId workspace = Workspaces.id(call);
    Wanted wanted = call.json(Wanted.class);
    String id = wanted.id() == null ? ids.next("svc") : wanted.id();
    String keyId = ids.next("key");
    return Answer.created(
        changes.<Map<String, Object>>make(
            call.caller(),
            change -> {
              Workspaces.requireActive(change.handle(), call.organization(), workspace);
              ServiceAccountRows.Row account =
                  new ServiceAccountRows.Row(
                      id,
                      call.organization(),
                      workspace,
                      wanted.name(),
                      role(Objects.requireNonNullElse(wanted.role(), MEMBER)),
                      change.now(),
                      1);
              if (!ServiceAccountRows.insert(change.handle(), account)) {
                throw Refusal.conflict("id", id, "is taken; ids are never reused");
              }
              change.audit("service_account.created", id, call.organization());
              Map<String, Object> json = json(account);
              boolean keyless = Boolean.TRUE.equals(wanted.createServiceAccountOnly());
              json.put(
                  "api_key",
                  keyless
                      ? null
                      : key(
                          keys.create(
                              change,
                              call.organization(),
                              workspace,
                              keyId,
                              KeyTerms.ofServiceAccount(
                                  wanted.name(), id, null, wanted.expiresInSeconds()),
                              call.caller().id())));
              return json;
            }));
  }

  private Answer createKey(Call call) {
    WorkspaceId workspace = Workspaces.id(call);
    String id = id(call);
    WantedKey wanted = call.json(WantedKey.class);
    String keyId = ids.next("key");
    return Answer.created(
        changes.<Map<String, Object>>make(
            call.caller(),
            change -> {
              ServiceAccountRows.Row account = locked(change, call, workspace, id);
              return key(
                  keys.create(
                      change,
                      call.organization(),
                      workspace,
                      keyId,
                      KeyTerms.ofServiceAccount(
                          Objects.requireNonNullElse(wanted.name(), account.name()),
                          id,
                          wanted.scopes(),
                          wanted.expiresInSeconds()),
                      call.caller().id()));
            }));
  }

  private Answer get(Call call) {
    WorkspaceId workspace = Workspaces.id(call);
    String id = id(call);
    return Answer.ok(json(changes.read(handle -> require(handle, call, workspace, id, ""))));
  }

  private Answer edit(Call call) {
    WorkspaceId workspace = Workspaces.id(call);
    String id = id(call);
    Edit edit = call.json(Edit.class);
    return Answer.ok(
        json(
            changes.make(
                call.caller(),
                change -> {
                  ServiceAccountRows.Row before = locked(change, call, workspace, id);
                  ServiceAccountRows.Row edited =
                      new ServiceAccountRows.Row(
                          id,
                          before.organization(),
                          workspace,
                          Objects.requireNonNullElse(edit.name(), before.name()),
                          edit.role() == null ? before.role() : role(edit.role()),
                          before.createdAt(),
                          before.version() + 1);
                  ServiceAccountRows.update(change.handle(), edited);
                  keys.republishAll(change, id);
                  change.audit("service_account.updated", id, call.organization());
                  return edited;
                })));
  }

  /** Ends the account and, at once, all of its keys. */
  private Answer delete(Call call) {
    WorkspaceId workspace = Workspaces.id(call);
    String id = id(call);
    changes.makeOnly(
        call.caller(),
        change -> {
          ServiceAccountRows.Row account = locked(change, call, workspace, id);
          ServiceAccountRows.delete(change.handle(), account, change.now());
          keys.revokeAll(change, "service_account_id", id);
          change.audit("service_account.deleted", id, call.organization());
        });
    return Deleted.answer("organization.project.service_account", id);
  }

  private static ServiceAccountRows.Row locked(
      Change change, Call call, WorkspaceId workspace, String id) {
    ServiceAccountRows.Row account = require(change.handle(), call, workspace, id, "FOR UPDATE");
    Version.check(call, account.version());
    return account;
  }

  private static ServiceAccountRows.Row require(
      Handle handle, Call call, WorkspaceId workspace, String id, String lock) {
    Workspaces.require(handle, call.organization(), workspace);
    return ServiceAccountRows.require(handle, call.organization(), workspace, id, lock);
  }

  private Answer list(Call call) {
    WorkspaceId workspace = Workspaces.id(call);
    Page page = Page.of(call);
    Listing<ServiceAccountRows.Row> listing =
        new Listing<>(
            "service_accounts",
            ServiceAccountRows.WHERE,
            Map.of("workspace", workspace.value()),
            (row, context) -> ServiceAccountRows.row(row));
    return Answer.ok(
        page.envelope(
            changes.read(
                handle -> {
                  Workspaces.require(handle, call.organization(), workspace);
                  return listing.read(handle, page);
                }),
            ServiceAccounts::json));
  }

  private static Map<String, Object> key(KeyChanges.Made made) {
    KeyRow key = made.key();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", KEY_KIND);
    json.put("id", key.id().value());
    json.put("name", key.name());
    json.put("created_at", key.createdAt().getEpochSecond());
    json.put("expires_at", key.expiresAt() == null ? null : key.expiresAt().getEpochSecond());
    json.put("value", made.secret().value());
    return json;
  }

  private static Map<String, Object> json(ServiceAccountRows.Row account) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "organization.project.service_account");
    json.put("id", account.id());
    json.put("name", account.name());
    json.put("role", dialectRole(account.role()));
    json.put("created_at", account.createdAt().getEpochSecond());
    json.put("tollgate_role", account.role());
    return json;
  }
}
