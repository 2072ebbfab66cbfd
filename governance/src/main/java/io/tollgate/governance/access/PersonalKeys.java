package io.tollgate.governance.access;

import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Deleted;
import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.Lifetime;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.Page;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.http.Secret;
import io.tollgate.schemas.Ids;
import io.tollgate.schemas.avro.Principal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Personal keys: by which a person is known in every organization the person is in. */
public final class PersonalKeys {
  private static final String ME = "/v1/organization/me";
  private static final String PATH = ME + "/keys";

  /** Of one person at a time; a bound on what a change of a role publishes. */
  static final int MOST = 20;

  private final Changes changes;
  private final NewIds ids;
  private final RandomGenerator random;

  public PersonalKeys(Changes changes, NewIds ids, RandomGenerator random) {
    this.changes = changes;
    this.ids = ids;
    this.random = random;
  }

  public void routes(Routes routes) {
    routes
        .get(ME, Guard.person(), this::me)
        .post(PATH, Guard.person(), this::create)
        .get(PATH, Guard.person(), this::list, Page.PARAMETERS)
        .delete(PATH + "/{key_id}", Guard.person(), this::delete);
  }

  /** What a further key is made of. */
  record Wanted(String name, @Nullable Long expiresInSeconds) {
    Wanted {
      Inputs.text("name", name);
      Lifetime.check(expiresInSeconds);
    }
  }

  private record Row(
      String id,
      String name,
      String prefix,
      String lastFour,
      Instant createdAt,
      @Nullable Instant validUntil) {}

  /** Makes a key of a person; the caller publishes it with what the person is. */
  Map<String, Object> make(Change change, String person, Wanted wanted) {
    Secret secret = Secret.make(Secret.Kind.PERSON, random);
    Instant until = Lifetime.end(wanted.expiresInSeconds(), change.now());
    Row row =
        new Row(
            ids.next("key"),
            wanted.name(),
            secret.prefix(),
            secret.lastFour(),
            change.now(),
            until);
    change
        .handle()
        .createUpdate(
            "INSERT INTO personal_keys (id, person_id, name, hash, prefix, last_four, created_at,"
                + " valid_until, version)"
                + " VALUES (:id, :person, :name, :hash, :prefix, :last, :now, :until, 0)")
        .bind("id", row.id())
        .bind("person", person)
        .bind("name", row.name())
        .bind("hash", secret.hash())
        .bind("prefix", row.prefix())
        .bind("last", row.lastFour())
        .bind("now", change.now())
        .bind("until", until)
        .execute();
    change.audit(AuditEvent.of("personal_key.created", "personal_key", row.id()));
    Map<String, Object> json = json(row);
    json.put("value", secret.value());
    return json;
  }

  private Answer create(Call call) {
    Wanted wanted = call.json(Wanted.class);
    String person = call.caller().id();
    return Answer.created(
        changes.<Map<String, Object>>make(
            call.caller(),
            change -> {
              lock(change.handle(), person);
              long there =
                  change
                      .handle()
                      .createQuery(
                          "SELECT count(*) FROM personal_keys"
                              + " WHERE person_id = :person AND revoked_at IS NULL")
                      .bind("person", person)
                      .mapTo(Long.class)
                      .one();
              if (there >= MOST) {
                throw Refusal.conflict(
                    "keys", Long.toString(there), "a person has at most " + MOST);
              }
              Map<String, Object> json = make(change, person, wanted);
              PersonPrincipals.republish(change, person);
              return json;
            }));
  }

  private static void lock(Handle handle, String person) {
    handle.execute("SELECT id FROM people WHERE id = ? FOR NO KEY UPDATE", person);
  }

  private Answer list(Call call) {
    Page page = Page.of(call);
    Listing<Row> listing =
        new Listing<>(
            "personal_keys",
            "person_id = :person AND revoked_at IS NULL",
            Map.of("person", call.caller().id()),
            (row, context) -> row(row));
    return Answer.ok(
        page.envelope(changes.read(handle -> listing.read(handle, page)), PersonalKeys::json));
  }

  private Answer delete(Call call) {
    String id = call.path("key_id", text -> Ids.check("key_id", text));
    changes.makeOnly(
        call.caller(),
        change -> {
          List<Boolean> ended =
              change
                  .handle()
                  .createQuery(
                      "UPDATE personal_keys SET revoked_at = :now, version = version + 1"
                          + " WHERE id = :id AND person_id = :person AND revoked_at IS NULL"
                          + " RETURNING *")
                  .bind("now", change.now())
                  .bind("id", id)
                  .bind("person", call.caller().id())
                  .map(
                      (row, context) -> {
                        PersonPrincipals.end(change, row);
                        return true;
                      })
                  .list();
          if (ended.isEmpty()) {
            throw Refusal.notFound("key_id", id);
          }
          change.audit(AuditEvent.of("personal_key.deleted", "personal_key", id));
        });
    return Deleted.answer("personal_key", id);
  }

  /** Who the caller is, and where. */
  private Answer me(Call call) {
    String id = call.caller().id();
    return Answer.ok(
        changes.read(
            handle -> {
              PeopleRows.Person person =
                  PeopleRows.find(handle, id).orElseThrow(() -> Refusal.notFound("user_id", id));
              List<Map<String, Object>> places =
                  handle
                      .createQuery(
                          "SELECT organization_id, role FROM memberships WHERE person_id = :id"
                              + " ORDER BY organization_id LIMIT 1000")
                      .bind("id", id)
                      .map(
                          (row, context) ->
                              Map.<String, Object>of(
                                  "organization_id",
                                  row.getString("organization_id"),
                                  "tollgate_role",
                                  row.getString("role").toLowerCase(Locale.ROOT)))
                      .list();
              Map<String, Object> json = new LinkedHashMap<>();
              json.put("object", "user");
              json.put("id", person.id());
              json.put("email", person.email());
              json.put("name", person.name());
              json.put("created_at", person.createdAt().getEpochSecond());
              json.put("organizations", places);
              return json;
            }));
  }

  private static Row row(ResultSet row) throws SQLException {
    return new Row(
        row.getString("id"),
        row.getString("name"),
        row.getString("prefix"),
        row.getString("last_four"),
        Listing.instant(row, "created_at"),
        Listing.optionalInstant(row, "valid_until"));
  }

  private static Map<String, Object> json(Row row) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "personal_key");
    json.put("id", row.id());
    json.put("name", row.name());
    json.put("redacted_value", Secret.redacted(row.prefix(), row.lastFour()));
    json.put("created_at", row.createdAt().getEpochSecond());
    json.put("expires_at", row.validUntil() == null ? null : row.validUntil().getEpochSecond());
    return json;
  }

  /** What is published of every personal key there ever was. */
  public static List<Principal> principals(Handle handle) {
    return PersonPrincipals.all(handle);
  }
}
