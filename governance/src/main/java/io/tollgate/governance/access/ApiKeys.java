package io.tollgate.governance.access;

import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.Page;
import io.tollgate.governance.tenancy.Workspaces;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.http.Scope;
import io.tollgate.http.Secret;
import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.Principal;
import io.tollgate.schemas.avro.PrincipalKind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * API keys: what gateways present. The secret is in the answer that creates it and nowhere else.
 */
public final class ApiKeys {
  private static final String PATH = "/v1/organization/projects/{id}/api_keys";

  private final Changes changes;
  private final NewIds ids;
  private final RandomGenerator random;

  public ApiKeys(Changes changes, NewIds ids, RandomGenerator random) {
    this.changes = changes;
    this.ids = ids;
    this.random = random;
  }

  public void routes(Routes routes) {
    routes
        .post(PATH, Guard.organization(), this::create)
        .get(PATH, Guard.organization(), this::list, Page.PARAMETERS);
  }

  /** What a new API key is made of; without scopes it may do what a gateway needs. */
  record Wanted(@Nullable String id, String name, @Nullable List<String> scopes) {
    private static final List<String> USUAL =
        List.of(Scope.EVENTS_WRITE.wireName(), Scope.ADMISSION.wireName());

    Wanted {
      if (id != null) {
        Fields.id(id, ApiKeyId::new);
      }
      Inputs.text("name", name);
      scopes = scopes == null ? USUAL : scopes.stream().sorted().toList();
      for (String scope : scopes) {
        InvalidInput.unless(
            Scope.find(scope).isPresent(),
            "scopes",
            scope,
            "must be one of "
                + String.join(", ", Stream.of(Scope.values()).map(Scope::wireName).toList()));
      }
      InvalidInput.unless(
          !scopes.isEmpty() && scopes.stream().distinct().count() == scopes.size(),
          "scopes",
          scopes,
          "must name at least one scope, each once");
    }
  }

  /** A key as the table has it. */
  private record Row(ApiKey key, String prefix, String lastFour, List<String> scopes) {}

  private Answer create(Call call) {
    WorkspaceId workspace = Workspaces.id(call);
    Wanted wanted = call.json(Wanted.class);
    String id = wanted.id() == null ? ids.next("key") : wanted.id();
    Secret secret = Secret.make(Secret.Kind.API_KEY, random);
    Row made =
        changes.make(
            call.caller(),
            change -> insert(change, call.organization(), workspace, id, wanted, secret));
    Map<String, Object> json = json(made);
    json.put("value", secret.value());
    return Answer.created(json);
  }

  private static Row insert(
      Change change,
      OrganizationId organization,
      WorkspaceId workspace,
      String id,
      Wanted wanted,
      Secret secret) {
    Workspaces.require(change.handle(), organization, workspace);
    List<String> scopes = Optional.ofNullable(wanted.scopes()).orElse(Wanted.USUAL);
    int inserted =
        change
            .handle()
            .createUpdate(
                "INSERT INTO api_keys (id, organization_id, workspace_id, name, hash, prefix,"
                    + " last_four, scopes, created_at, version) VALUES (:id, :organization,"
                    + " :workspace, :name, :hash, :prefix, :last, :scopes, :now, 1)"
                    + " ON CONFLICT (id) DO NOTHING")
            .bind("id", id)
            .bind("organization", organization.value())
            .bind("workspace", workspace.value())
            .bind("name", wanted.name())
            .bind("hash", secret.hash())
            .bind("prefix", secret.prefix())
            .bind("last", secret.lastFour())
            .bindArray("scopes", String.class, scopes)
            .bind("now", change.now())
            .execute();
    if (inserted == 0) {
      throw Refusal.conflict("id", id, "is taken; ids are never reused");
    }
    ApiKey key =
        ApiKey.newBuilder()
            .setApiKeyId(id)
            .setOrganizationId(organization.value())
            .setWorkspaceId(workspace.value())
            .setName(wanted.name())
            .setValidFrom(change.now())
            .setVersion(1)
            .build();
    change.publish(Topics.API_KEYS, id, key);
    change.publish(
        Principal.newBuilder()
            .setKeyHash(secret.hash())
            .setKind(PrincipalKind.API_KEY)
            .setPrincipalId(id)
            .setOrganizationId(organization.value())
            .setWorkspaceId(workspace.value())
            .setScopes(scopes)
            .setValidFrom(change.now())
            .setVersion(1)
            .build());
    change.audit("project.api_key.created", id, organization);
    return new Row(key, secret.prefix(), secret.lastFour(), scopes);
  }

  private Answer list(Call call) {
    WorkspaceId workspace = Workspaces.id(call);
    Page page = Page.of(call);
    Listing<Row> listing =
        new Listing<>(
            "api_keys",
            "workspace_id = :workspace",
            Map.of("workspace", workspace.value()),
            (row, context) -> row(row));
    List<Row> found =
        changes.read(
            handle -> {
              Workspaces.require(handle, call.organization(), workspace);
              return listing.read(handle, page);
            });
    return Answer.ok(page.envelope(found, ApiKeys::json));
  }

  /**
   * The workspace of a key.
   *
   * @throws Refusal 404 if the organization has no such key
   */
  public static WorkspaceId requireWorkspaceOf(
      Handle handle, OrganizationId organization, ApiKeyId id) {
    return handle
        .createQuery(
            "SELECT workspace_id FROM api_keys"
                + " WHERE id = :id AND organization_id = :organization")
        .bind("id", id.value())
        .bind("organization", organization.value())
        .map((row, context) -> new WorkspaceId(row.getString("workspace_id")))
        .findOne()
        .orElseThrow(() -> Refusal.notFound("api_key_id", id.value()));
  }

  private static Row row(ResultSet row) throws SQLException {
    ApiKey key =
        ApiKey.newBuilder()
            .setApiKeyId(row.getString("id"))
            .setOrganizationId(row.getString("organization_id"))
            .setWorkspaceId(row.getString("workspace_id"))
            .setName(row.getString("name"))
            .setValidFrom(Listing.instant(row, "created_at"))
            .setValidUntil(Listing.optionalInstant(row, "valid_until"))
            .setVersion(row.getInt("version"))
            .build();
    return new Row(
        key,
        row.getString("prefix"),
        row.getString("last_four"),
        List.of((String[]) row.getArray("scopes").getArray()));
  }

  private static Map<String, Object> json(Row row) {
    Instant until = row.key().getValidUntil();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "organization.project.api_key");
    json.put("redacted_value", Secret.redacted(row.prefix(), row.lastFour()));
    json.put("name", row.key().getName());
    json.put("created_at", row.key().getValidFrom().getEpochSecond());
    json.put("last_used_at", null);
    json.put("expires_at", until == null ? null : until.getEpochSecond());
    json.put("id", row.key().getApiKeyId());
    json.put("scopes", row.scopes());
    return json;
  }
}
