package io.tollgate.governance.keys;

import io.tollgate.governance.access.People;
import io.tollgate.governance.spending.KeyLimits;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.tenancy.Plan;
import io.tollgate.governance.tenancy.Plans;
import io.tollgate.governance.tenancy.TenantEnd;
import io.tollgate.http.Refusal;
import io.tollgate.http.Secret;
import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Membership;
import io.tollgate.schemas.avro.Principal;
import io.tollgate.schemas.avro.PrincipalKind;
import io.tollgate.schemas.avro.WorkspaceMembership;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * What can happen to API keys, each within a change.
 *
 * <p>A key has at most two secrets that work: the newest, and for the overlap of a rotation the one
 * before it. Whoever is known by either is the same key. A key that has ended for good has none.
 */
final class KeyChanges {
  private final KeyLimits limits;
  private final RandomGenerator random;

  KeyChanges(KeyLimits limits, RandomGenerator random) {
    this.limits = limits;
    this.random = random;
  }

  /** A key and, in the answer that makes it, its secret. */
  record Made(KeyRow key, Secret secret) {}

  /**
   * Makes a key in a workspace that is known to be there.
   *
   * @throws Refusal 409 if the id is taken
   */
  Made create(
      Change change,
      OrganizationId organization,
      WorkspaceId workspace,
      String id,
      KeyTerms terms,
      String createdBy) {
    Plans.requireRoom(
        change, organization, Plan.Bound.KEYS, handle -> KeyRows.count(handle, organization));
    if (terms.serviceAccountId() != null) {
      ServiceAccountRows.require(
          change.handle(), organization, workspace, terms.serviceAccountId(), "FOR SHARE");
    }
    String user = terms.userId();
    InvalidInput.unless(
        user == null || People.owner(change.handle(), organization, user).isPresent(),
        "user_id",
        user == null ? "" : user,
        "must be the id of a member of the organization");
    KeyRow key =
        new KeyRow(
            new ApiKeyId(id),
            organization,
            workspace,
            terms.name(),
            terms.scopeNames(),
            terms.serviceAccountId(),
            terms.userId(),
            createdBy,
            change.now(),
            terms.expiry(change.now()),
            null,
            null,
            terms.rotationDue(),
            null,
            terms.ipRanges(),
            1);
    if (!KeyRows.insert(change.handle(), key)) {
      throw Refusal.conflict("id", id, "is taken; ids are never reused");
    }
    Secret secret = Secret.make(Secret.Kind.API_KEY, random);
    KeyRows.putSecret(change.handle(), key.id(), KeySecret.of(secret, change.now()));
    publish(change, key);
    if (terms.rateLimitRpm() != null
        || terms.rateLimitTpm() != null
        || terms.allowedModels() != null) {
      limits.put(
          change,
          organization,
          workspace,
          key.id(),
          terms.rateLimitRpm(),
          terms.rateLimitTpm(),
          terms.allowedModels(),
          false);
    }
    if (terms.budget() != null) {
      limits.put(change, organization, workspace, key.id(), terms.name(), terms.budget());
    }
    change.audit("project.api_key.created", id, organization);
    return new Made(key, secret);
  }

  /**
   * Edits a key that is locked.
   *
   * @param tightensOnly whether who asks may not loosen its limits
   */
  KeyRow edit(Change change, KeyRow before, KeyEdit edit, boolean tightensOnly) {
    KeyRow edited = edit.applyTo(before, change.now());
    if (!edited.equals(before)) {
      KeyRows.update(change.handle(), edited);
      publish(change, edited);
      change.audit("project.api_key.updated", edited.id().value(), edited.organization());
    }
    if (edit.setsLimits()) {
      limits.put(
          change,
          edited.organization(),
          edited.workspace(),
          edited.id(),
          edit.rateLimitRpm(),
          edit.rateLimitTpm(),
          edit.allowedModels(),
          tightensOnly);
    }
    return edited;
  }

  /**
   * Gives a locked key a new secret; the one before it works on for the overlap, any older one ends
   * now.
   */
  Made rotate(Change change, KeyRow before, Duration overlap, @Nullable Instant due) {
    List<KeySecret> secrets = KeyRows.secrets(change.handle(), before.id());
    for (int i = 0; i < secrets.size(); i++) {
      KeySecret ending = secrets.get(i).until(i == 0 ? change.now().plus(overlap) : change.now());
      if (!ending.equals(secrets.get(i))) {
        KeyRows.putSecret(change.handle(), before.id(), ending);
      }
    }
    Secret secret = Secret.make(Secret.Kind.API_KEY, random);
    KeyRows.putSecret(change.handle(), before.id(), KeySecret.of(secret, change.now()));
    KeyRow rotated = before.rotated(due);
    KeyRows.update(change.handle(), rotated);
    publish(change, rotated);
    change.audit("project.api_key.rotated", rotated.id().value(), rotated.organization());
    return new Made(rotated, secret);
  }

  /** Ends a locked key for good, with all its secrets. */
  KeyRow revoke(Change change, KeyRow before) {
    KeyRow revoked = before.revoked(change.now());
    KeyRows.update(change.handle(), revoked);
    publish(change, revoked);
    change.audit("project.api_key.deleted", revoked.id().value(), revoked.organization());
    return revoked;
  }

  /** Ends all keys of a workspace, service account or person; {@code column} says which. */
  void revokeAll(Change change, String column, String value) {
    KeyRows.alive(change.handle(), column, value).forEach(key -> revoke(change, key));
  }

  /** Publishes the keys of a service account again, whose role has changed. */
  void republishAll(Change change, String serviceAccountId) {
    republishAll(change, "service_account_id", serviceAccountId);
  }

  /** Publishes keys again for which something around them has changed. */
  void republishAll(Change change, String column, String value) {
    for (KeyRow key : KeyRows.alive(change.handle(), column, value)) {
      KeyRow next = key.next();
      KeyRows.update(change.handle(), next);
      publish(change, next);
    }
  }

  /** The key for usage, and one principal for each secret that still matters. */
  private static void publish(Change change, KeyRow key) {
    change.publish(Topics.API_KEYS, key.id().value(), key.published());
    Instant rest = TenantEnd.of(change.handle(), key.workspace()).orElse(null);
    for (KeySecret secret : KeyRows.secrets(change.handle(), key.id())) {
      if (secret.validUntil() == null
          || !secret.validUntil().isBefore(change.now().minus(REPUBLISHED))) {
        change.publish(principal(change.handle(), key, secret, rest));
      }
    }
  }

  /** A secret that ended earlier was published as ended when it did. */
  private static final Duration REPUBLISHED = Duration.ofDays(1);

  /**
   * One of a key's secrets as every role knows it.
   *
   * @param rest since when its workspace or organization is archived; the key itself goes on
   */
  static Principal principal(Handle handle, KeyRow key, KeySecret secret, @Nullable Instant rest) {
    return Principal.newBuilder()
        .setKeyHash(secret.hash())
        .setKind(PrincipalKind.API_KEY)
        .setPrincipalId(key.id().value())
        .setOrganizationId(key.organization().value())
        .setWorkspaceId(key.workspace().value())
        .setScopes(key.scopes())
        .setValidFrom(secret.createdAt())
        .setValidUntil(earlier(rest, earlier(key.validUntil(), secret.validUntil())))
        .setVersion(key.version())
        .setMemberships(memberships(handle, key))
        .setAllowedIpRanges(key.allowedIpRanges())
        .build();
  }

  static List<Principal> principals(Handle handle) {
    List<Principal> principals = new ArrayList<>();
    Map<WorkspaceId, Instant> rests = TenantEnd.all(handle);
    for (KeyRow key : KeyRows.all(handle)) {
      Instant rest = rests.get(key.workspace());
      KeyRows.secrets(handle, key.id())
          .forEach(secret -> principals.add(principal(handle, key, secret, rest)));
    }
    return principals;
  }

  /** What the role of its service account lets it do beside its scopes. */
  private static List<Membership> memberships(Handle handle, KeyRow key) {
    String role = ServiceAccountRows.role(handle, key.serviceAccountId());
    return role == null
        ? List.of()
        : List.of(
            Membership.newBuilder()
                .setOrganizationId(key.organization().value())
                .setWorkspaces(
                    List.of(
                        WorkspaceMembership.newBuilder()
                            .setWorkspaceId(key.workspace().value())
                            .setRole(role.toUpperCase(Locale.ROOT))
                            .build()))
                .build());
  }

  private static @Nullable Instant earlier(@Nullable Instant one, @Nullable Instant other) {
    return Stream.of(Optional.ofNullable(one), Optional.ofNullable(other))
        .flatMap(Optional::stream)
        .min(Instant::compareTo)
        .orElse(null);
  }
}
