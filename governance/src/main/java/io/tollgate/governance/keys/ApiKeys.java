package io.tollgate.governance.keys;

import io.tollgate.governance.spending.KeyLimits;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Deleted;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.Lifetime;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.Page;
import io.tollgate.governance.store.TopicSource;
import io.tollgate.governance.tenancy.DefaultWorkspace;
import io.tollgate.governance.tenancy.Organizations;
import io.tollgate.governance.tenancy.Workspaces;
import io.tollgate.http.Access;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.http.Version;
import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.Principal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * API keys: what gateways present. A secret is in the answer that makes it and nowhere else. Under
 * a workspace's path only its own keys are seen; under {@code /v1/organization/api_keys} those of
 * all workspaces that the caller sees.
 */
public final class ApiKeys {
  private static final String OF_WORKSPACE = "/v1/organization/projects/{id}/api_keys";
  private static final String OF_ORGANIZATION = "/v1/organization/api_keys";
  private static final String ONE = "/{api_key_id}";
  private static final String FOR_CHANGE = "FOR UPDATE";
  private static final String ACCESS = "owner_project_access";
  private static final String ALIVE = " AND revoked_at IS NULL";

  /** For which a rotated secret works on if nothing else is said, and at most. */
  static final Duration USUAL_OVERLAP = Duration.ofDays(1);

  static final Duration LONGEST_OVERLAP = Duration.ofDays(30);

  private final Changes changes;
  private final NewIds ids;
  private final InstantSource clock;
  private final KeyChanges keys;
  private final DefaultWorkspace defaults;

  public ApiKeys(Changes changes, NewIds ids, RandomGenerator random, InstantSource clock) {
    this.changes = changes;
    this.ids = ids;
    this.clock = clock;
    this.defaults = new DefaultWorkspace(ids);
    this.keys = new KeyChanges(new KeyLimits(ids), random);
  }

  KeyChanges keyChanges() {
    return keys;
  }

  public void routes(Routes routes) {
    routes(
        routes,
        OF_WORKSPACE,
        call -> Optional.of(Workspaces.id(call)),
        Guard.permission(Permission.KEYS_READ),
        Guard.permission(Permission.KEYS_WRITE));
    routes(
        routes,
        OF_ORGANIZATION,
        call -> Optional.empty(),
        Guard.permission(Permission.KEYS_READ).somewhereAtLeast(),
        Guard.permission(Permission.KEYS_WRITE).somewhereAtLeast());
    // The imitated API edits by POST.
    routes.post(
        OF_WORKSPACE + ONE,
        Guard.permission(Permission.KEYS_WRITE),
        call -> edit(call, Optional.of(Workspaces.id(call))));
  }

  private interface Home {
    Optional<WorkspaceId> of(Call call);
  }

  private void routes(Routes routes, String path, Home home, Guard read, Guard write) {
    routes
        .post(path, write, call -> create(call, home.of(call)))
        .get(path, read, call -> list(call, home.of(call)), "limit", "after", ACCESS)
        .get(path + ONE, read, call -> get(call, home.of(call)))
        .patch(path + ONE, write, call -> edit(call, home.of(call)))
        .delete(path + ONE, write, call -> delete(call, home.of(call)))
        .post(path + ONE + "/rotate", write, call -> rotate(call, home.of(call)));
  }

  private static ApiKeyId id(Call call) {
    return call.path("api_key_id", text -> Fields.named("api_key_id", text, ApiKeyId::new));
  }

  private Answer create(Call call, Optional<WorkspaceId> given) {
    KeyTerms terms = call.json(KeyTerms.class);
    String id = terms.id() == null ? ids.next("key") : terms.id();
    return withSecret(
        201,
        changes.make(
            call.caller(),
            change -> {
              WorkspaceId workspace = home(change, call, given, terms);
              KeyChanges.Made made =
                  keys.create(
                      change, call.organization(), workspace, id, terms, call.caller().id());
              return shownWith(change, made);
            }));
  }

  /** The workspace that the path or the body names, else the organization's default one. */
  private WorkspaceId home(Change change, Call call, Optional<WorkspaceId> given, KeyTerms terms) {
    WorkspaceId workspace =
        given
            .or(
                () ->
                    Optional.ofNullable(terms.projectId())
                        .map(text -> Fields.named("project_id", text, WorkspaceId::new)))
            .orElseGet(() -> defaults.require(change, call.organization()));
    call.access().require(Permission.KEYS_WRITE, workspace);
    Workspaces.requireActive(change.handle(), call.organization(), workspace);
    return workspace;
  }

  private Answer get(Call call, Optional<WorkspaceId> workspace) {
    ApiKeyId id = id(call);
    return shown(
        changes.read(
            handle -> {
              workspace.ifPresent(one -> Workspaces.require(handle, call.organization(), one));
              return KeyView.of(
                  handle, require(handle, call, workspace, id, Permission.KEYS_READ, ""));
            }));
  }

  private Answer edit(Call call, Optional<WorkspaceId> workspace) {
    ApiKeyId id = id(call);
    KeyEdit edit = call.json(KeyEdit.class);
    return shown(
        changes.make(
            call.caller(),
            change -> {
              if (edit.setsLimits()) {
                Organizations.lock(change.handle(), call.organization());
              }
              KeyRow before = locked(change, call, workspace, id);
              boolean tightensOnly =
                  call.access().tightensOnly(Permission.BUDGETS_WRITE_KEY, before.workspace());
              if (edit.setsLimits()) {
                call.access().require(Permission.BUDGETS_WRITE_KEY, before.workspace());
              }
              return KeyView.of(change.handle(), keys.edit(change, before, edit, tightensOnly));
            }));
  }

  private Answer delete(Call call, Optional<WorkspaceId> workspace) {
    ApiKeyId id = id(call);
    changes.makeOnly(
        call.caller(), change -> keys.revoke(change, locked(change, call, workspace, id)));
    return Deleted.answer("organization.project.api_key", id.value());
  }

  /**
   * How to rotate.
   *
   * @param overlapSeconds for which the secret before works on; a day if left out
   * @param rotationDueAt when to rotate next; nothing is due if left out
   */
  record Rotation(@Nullable Long overlapSeconds, @Nullable String rotationDueAt) {
    Rotation {
      if (overlapSeconds == null || overlapSeconds != 0) {
        Lifetime.check("overlap_seconds", overlapSeconds, LONGEST_OVERLAP);
      }
      if (rotationDueAt != null) {
        Inputs.instant("rotation_due_at", rotationDueAt);
      }
    }

    Duration overlap() {
      return overlapSeconds == null ? USUAL_OVERLAP : Duration.ofSeconds(overlapSeconds);
    }

    @Nullable Instant due(Instant now) {
      return rotationDueAt == null
          ? null
          : KeyFields.ahead(
              "rotation_due_at", Inputs.instant("rotation_due_at", rotationDueAt), now);
    }
  }

  private Answer rotate(Call call, Optional<WorkspaceId> workspace) {
    ApiKeyId id = id(call);
    Rotation rotation = call.json(Rotation.class);
    return withSecret(
        200,
        changes.make(
            call.caller(),
            change ->
                shownWith(
                    change,
                    keys.rotate(
                        change,
                        locked(change, call, workspace, id),
                        rotation.overlap(),
                        rotation.due(change.now())))));
  }

  private static KeyRow locked(
      Change change, Call call, Optional<WorkspaceId> workspace, ApiKeyId id) {
    workspace.ifPresent(one -> Workspaces.require(change.handle(), call.organization(), one));
    KeyRow key = require(change.handle(), call, workspace, id, Permission.KEYS_WRITE, FOR_CHANGE);
    Version.check(call, key.version());
    return key;
  }

  /** A key that the caller may do this with; of one it does not see it hears that there is none. */
  private static KeyRow require(
      Handle handle,
      Call call,
      Optional<WorkspaceId> workspace,
      ApiKeyId id,
      Permission permission,
      String lock) {
    KeyRow key = KeyRows.require(handle, call.organization(), workspace, id, lock);
    if (!call.access().may(permission, key.workspace())) {
      if (call.access().may(Permission.KEYS_READ, key.workspace())) {
        throw Access.lacking(permission);
      }
      throw Refusal.notFound("api_key_id", id.value());
    }
    return key;
  }

  private Answer list(Call call, Optional<WorkspaceId> workspace) {
    Page page = Page.of(call);
    Access.Reach reach = call.access().workspaces(Permission.KEYS_READ);
    List<String> seen =
        workspace
            .map(one -> List.of(one.value()))
            .orElseGet(() -> reach.some().stream().map(WorkspaceId::value).toList());
    Listing<KeyRow> listing =
        new Listing<>(
            "api_keys",
            "organization_id = :organization"
                + " AND (:all::boolean OR workspace_id = ANY (string_to_array(:seen, ',')))"
                + ALIVE,
            Map.of(
                "organization",
                call.organization().value(),
                "all",
                Boolean.toString(workspace.isEmpty() && reach.all()),
                "seen",
                String.join(",", seen)),
            (row, context) -> KeyRows.row(row));
    List<KeyView> found =
        changes.read(
            handle -> {
              Organizations.require(handle, call.organization());
              workspace.ifPresent(one -> Workspaces.require(handle, call.organization(), one));
              return listing.read(handle, page).stream()
                  .map(key -> KeyView.of(handle, key))
                  .toList();
            });
    return Answer.ok(page.envelope(found, view -> view.json(clock.instant())));
  }

  private record WithSecret(KeyView view, KeyChanges.Made made) {}

  private static WithSecret shownWith(Change change, KeyChanges.Made made) {
    return new WithSecret(KeyView.of(change.handle(), made.key()), made);
  }

  private Answer withSecret(int status, WithSecret shown) {
    Map<String, Object> json = shown.view().json(clock.instant());
    json.put("value", shown.made().secret().value());
    return Answer.json(status, json).tagged(shown.made().key().version());
  }

  private Answer shown(KeyView view) {
    return Answer.ok(view.json(clock.instant())).tagged(view.key().version());
  }

  /** What the topic must hold. */
  public static TopicSource<ApiKey> published() {
    return new TopicSource<>(
        Topics.API_KEYS,
        "SELECT * FROM api_keys",
        (row, context) -> KeyRows.row(row).published(),
        ApiKey::getApiKeyId);
  }

  /** What is published of every secret that an API key ever had. */
  public static List<Principal> principals(Handle handle) {
    return KeyChanges.principals(handle);
  }
}
