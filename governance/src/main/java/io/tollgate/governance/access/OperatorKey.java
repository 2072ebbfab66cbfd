package io.tollgate.governance.access;

import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.Outbox;
import io.tollgate.governance.store.OwnerOnlyFile;
import io.tollgate.http.Caller;
import io.tollgate.http.Principals;
import io.tollgate.http.Secret;
import io.tollgate.schemas.avro.Membership;
import io.tollgate.schemas.avro.Principal;
import io.tollgate.schemas.avro.PrincipalKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jdbi.v3.core.Handle;

/**
 * The operator's key, made by the first start of an installation. Its secret is in one file that
 * only the owner can read; the database has the hash.
 */
public final class OperatorKey {
  /** Two first starts at once must not make two. */
  private static final long FIRST_START_LOCK = Outbox.WRITE_LOCK + 2;

  private final Changes changes;
  private final NewIds ids;
  private final RandomGenerator random;

  public OperatorKey(Changes changes, NewIds ids, RandomGenerator random) {
    this.changes = changes;
    this.ids = ids;
    this.random = random;
  }

  /**
   * The secret if this was the first start; empty if there is an operator key already.
   *
   * @param operator what the operator is in the organizations from now on
   */
  public Optional<Secret> ensure(Path file, GovernanceConfig.Operator operator) {
    String id = ids.next("op");
    return changes.make(
        new Caller.Operator(id, operator == GovernanceConfig.Operator.OWNER, List.of()),
        change -> {
          Optional<Secret> made = ensure(change, id, file);
          switch (operator) {
            case OWNER -> setReach(change, true);
            case APART -> setReach(change, false);
            case AS_BEFORE -> made.ifPresent(first -> setReach(change, true));
          }
          return made;
        });
  }

  /** The setting is the installation's, so all its keys say the same. */
  private static void setReach(Change change, boolean ownsOrganizations) {
    List<Principal> changed =
        change
            .handle()
            .createQuery(
                "UPDATE operator_keys SET owns_organizations = :owns, version = version + 1"
                    + " WHERE owns_organizations <> :owns RETURNING *")
            .bind("owns", ownsOrganizations)
            .map((row, context) -> principal(row))
            .list();
    for (Principal principal : changed) {
      principal.setMemberships(grants(change.handle(), principal.getPrincipalId()));
      change.publish(principal);
      change.audit("operator_key.updated", principal.getPrincipalId(), null);
    }
  }

  private Optional<Secret> ensure(Change change, String id, Path file) {
    Handle handle = change.handle();
    handle.execute("SELECT pg_advisory_xact_lock(?)", FIRST_START_LOCK);
    boolean exists =
        handle.createQuery("SELECT EXISTS (SELECT FROM operator_keys)").mapTo(Boolean.class).one();
    if (exists) {
      return Optional.empty();
    }
    // The file comes first: a start that dies before the commit leaves a secret that the next one
    // takes up, where the other order would leave an operator whose secret nobody has.
    Secret secret = Files.exists(file) ? read(file) : write(file);
    handle
        .createUpdate(
            "INSERT INTO operator_keys (id, hash, prefix, last_four, created_at, version)"
                + " VALUES (:id, :hash, :prefix, :last, :now, 1)")
        .bind("id", id)
        .bind("hash", secret.hash())
        .bind("prefix", secret.prefix())
        .bind("last", secret.lastFour())
        .bind("now", change.now())
        .execute();
    change.publish(principal(id, secret.hash(), change.now(), 1));
    change.audit("operator_key.created", id, null);
    return Optional.of(secret);
  }

  /** Publishes an operator again, whose grants have changed. */
  static void republish(Change change, String id) {
    change
        .handle()
        .createQuery("UPDATE operator_keys SET version = version + 1 WHERE id = :id RETURNING *")
        .bind("id", id)
        .map((row, context) -> principal(row))
        .list()
        .forEach(
            principal -> {
              principal.setMemberships(grants(change.handle(), id));
              change.publish(principal);
            });
  }

  /** Each grant with its own end; one that ended is left out when it is published next. */
  private static List<Membership> grants(Handle handle, String id) {
    return handle
        .createQuery(
            "SELECT * FROM operator_grants WHERE operator_id = :id AND revoked_at IS NULL"
                + " AND ends_at > now() ORDER BY created_at, id LIMIT 1000")
        .bind("id", id)
        .map(
            (row, context) ->
                Membership.newBuilder()
                    .setOrganizationId(row.getString("organization_id"))
                    .setPermissions(List.of((String[]) row.getArray("permissions").getArray()))
                    .setValidUntil(Listing.instant(row, "ends_at"))
                    .build())
        .list();
  }

  /** The operator's principals, which are let in before the topic has them. */
  public static List<Principal> principals(Handle handle) {
    return handle
        .createQuery("SELECT * FROM operator_keys ORDER BY created_at LIMIT 100")
        .map((row, context) -> principal(row))
        .list()
        .stream()
        .map(
            principal -> {
              principal.setMemberships(grants(handle, principal.getPrincipalId()));
              return principal;
            })
        .toList();
  }

  private static Principal principal(ResultSet row) throws SQLException {
    Principal principal =
        principal(
            row.getString("id"),
            row.getString("hash"),
            Listing.instant(row, "created_at"),
            row.getInt("version"));
    if (row.getBoolean("owns_organizations")) {
      principal.setScopes(List.of(Principals.OWNS_ORGANIZATIONS));
    }
    principal.setValidUntil(Listing.optionalInstant(row, "valid_until"));
    return principal;
  }

  private static Principal principal(String id, String hash, Instant from, int version) {
    return Principal.newBuilder()
        .setKeyHash(hash)
        .setKind(PrincipalKind.OPERATOR)
        .setPrincipalId(id)
        .setScopes(List.of())
        .setValidFrom(from)
        .setVersion(version)
        .build();
  }

  private static Secret read(Path file) {
    Secret secret = new Secret(OwnerOnlyFile.read(file).strip());
    if (!secret.prefix().equals(Secret.Kind.OPERATOR.prefix()) || secret.lastFour().isEmpty()) {
      throw new IllegalStateException(
          file + " is there but holds no operator secret; remove it to have a new one made");
    }
    OwnerOnlyFile.close(file);
    return secret;
  }

  private Secret write(Path file) {
    Secret secret = Secret.make(Secret.Kind.OPERATOR, random);
    OwnerOnlyFile.write(file, secret.value() + "\n");
    return secret;
  }
}
