package io.tollgate.governance.access;

import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.tenancy.Organizations;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Routes;
import io.tollgate.http.Secret;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.avro.Membership;
import io.tollgate.schemas.avro.Principal;
import io.tollgate.schemas.avro.PrincipalKind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Admin keys: whoever has one governs its organization. Made by the operator. */
public final class AdminKeys {
  private final Changes changes;
  private final NewIds ids;
  private final RandomGenerator random;

  public AdminKeys(Changes changes, NewIds ids, RandomGenerator random) {
    this.changes = changes;
    this.ids = ids;
    this.random = random;
  }

  public void routes(Routes routes) {
    routes.post("/v1/platform/organizations/{id}/admin_api_keys", Guard.operator(), this::create);
  }

  /** What a new admin key is made of. */
  record Wanted(String name) {
    Wanted {
      Inputs.text("name", name);
    }
  }

  private Answer create(Call call) {
    OrganizationId organization = call.path("id", text -> Fields.id(text, OrganizationId::new));
    Wanted wanted = call.json(Wanted.class);
    String id = ids.next("key");
    Secret secret = Secret.make(Secret.Kind.ADMIN_KEY, random);
    long createdAt =
        changes.make(
            call.caller(),
            change -> {
              insert(change, organization, id, wanted.name(), secret);
              return change.now().getEpochSecond();
            });
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "organization.admin_api_key");
    json.put("id", id);
    json.put("name", wanted.name());
    json.put("redacted_value", secret.redacted());
    json.put("created_at", createdAt);
    json.put("last_used_at", null);
    json.put("value", secret.value());
    return Answer.created(json);
  }

  private static void insert(
      Change change, OrganizationId organization, String id, String name, Secret secret) {
    Organizations.require(change.handle(), organization);
    change
        .handle()
        .createUpdate(
            "INSERT INTO admin_keys"
                + " (id, organization_id, name, hash, prefix, last_four, created_at, version,"
                + " role) VALUES (:id, :organization, :name, :hash, :prefix, :last, :now, 1,"
                + " 'OWNER')")
        .bind("id", id)
        .bind("organization", organization.value())
        .bind("name", name)
        .bind("hash", secret.hash())
        .bind("prefix", secret.prefix())
        .bind("last", secret.lastFour())
        .bind("now", change.now())
        .execute();
    change.publish(
        Principal.newBuilder()
            .setKeyHash(secret.hash())
            .setKind(PrincipalKind.ADMIN_KEY)
            .setPrincipalId(id)
            .setOrganizationId(organization.value())
            .setScopes(List.of())
            .setValidFrom(change.now())
            .setVersion(1)
            .setMemberships(
                List.of(
                    Membership.newBuilder()
                        .setOrganizationId(organization.value())
                        .setRole(OrganizationRole.OWNER.name())
                        .build()))
            .build());
    change.audit("admin_api_key.created", id, organization);
  }
}
