package io.tollgate.http;

import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.IpRange;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Principal;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Tells who a bearer secret is. Several sources may know a principal (governance knows its own
 * before the topic does); the highest version counts. A principal outside its validity interval is
 * nobody: judged now, not at event time.
 */
public final class Principals {
  /** Longer text is not a secret of ours and is not worth hashing. */
  private static final int LONGEST_SECRET = 256;

  /** The scope of an operator who is an owner of every organization as well. */
  public static final String OWNS_ORGANIZATIONS = "organizations";

  private final List<PrincipalSource> sources;
  private final InstantSource clock;

  public Principals(List<PrincipalSource> sources, InstantSource clock) {
    this.sources = List.copyOf(sources);
    this.clock = clock;
  }

  /**
   * The caller whose secret this is, or empty: unknown, not yet valid, or no longer.
   *
   * @param address where the request comes from
   * @throws Refusal 403 if the secret is an API key's that works from other addresses only
   */
  public Optional<Caller> find(String secret, String address) {
    if (secret.isEmpty() || secret.length() > LONGEST_SECRET) {
      return Optional.empty();
    }
    String hash = new Secret(secret).hash();
    Instant now = clock.instant();
    return newest(hash)
        .filter(principal -> isValid(principal, now))
        .map(
            principal -> {
              requireAddress(principal, address);
              return caller(principal, now);
            });
  }

  private Optional<Principal> newest(String hash) {
    Optional<Principal> newest = Optional.empty();
    for (PrincipalSource source : sources) {
      Optional<Principal> found =
          source.find(hash).filter(principal -> isSame(principal.getKeyHash(), hash));
      if (found.isPresent()
          && (newest.isEmpty() || found.get().getVersion() > newest.get().getVersion())) {
        newest = found;
      }
    }
    return newest;
  }

  /** In constant time, so that the answer's duration tells nothing about a stored hash. */
  private static boolean isSame(String stored, String presented) {
    return MessageDigest.isEqual(
        stored.getBytes(StandardCharsets.US_ASCII), presented.getBytes(StandardCharsets.US_ASCII));
  }

  private static boolean isValid(Principal principal, Instant now) {
    return !now.isBefore(principal.getValidFrom())
        && (principal.getValidUntil() == null || now.isBefore(principal.getValidUntil()));
  }

  /** A range that cannot be read lets nobody in, rather than everybody. */
  private static void requireAddress(Principal principal, String address) {
    List<String> ranges = principal.getAllowedIpRanges();
    if (!ranges.isEmpty()
        && ranges.stream()
            .map(range -> IpRange.parse("allowed_ip_ranges", range))
            .noneMatch(range -> range.contains(InetAddress.ofLiteral(address)))) {
      throw Refusal.forbidden("this API key does not work from the address " + address);
    }
  }

  private static Caller caller(Principal principal, Instant now) {
    List<Membership> memberships =
        principal.getMemberships().stream()
            .filter(membership -> Membership.isValid(membership, now))
            .map(Membership::of)
            .toList();
    return switch (principal.getKind()) {
      case OPERATOR ->
          new Caller.Operator(
              principal.getPrincipalId(),
              principal.getScopes().contains(OWNS_ORGANIZATIONS),
              memberships);
      case ADMIN_KEY ->
          new Caller.AdminKey(
              principal.getPrincipalId(),
              new OrganizationId(principal.getOrganizationId()),
              adminRole(principal, memberships));
      case PERSON -> new Caller.Person(principal.getPrincipalId(), memberships);
      case API_KEY -> apiKey(principal, memberships);
    };
  }

  /** Admin keys from before there were roles are owners; one whose role is not known is nothing. */
  private static OrganizationRole adminRole(Principal principal, List<Membership> memberships) {
    return principal.getMemberships().isEmpty()
        ? OrganizationRole.OWNER
        : memberships.stream()
            .flatMap(membership -> membership.role().stream())
            .findFirst()
            .orElse(OrganizationRole.MEMBER);
  }

  private static Caller.ApiKey apiKey(Principal principal, List<Membership> memberships) {
    WorkspaceId workspace = new WorkspaceId(principal.getWorkspaceId());
    return new Caller.ApiKey(
        new ApiKeyId(principal.getPrincipalId()),
        new OrganizationId(principal.getOrganizationId()),
        workspace,
        scopes(principal.getScopes()),
        memberships.stream()
            .flatMap(membership -> Stream.ofNullable(membership.workspaces().get(workspace)))
            .findFirst());
  }

  /** A scope that this version does not know opens nothing. */
  private static Set<Scope> scopes(List<String> names) {
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    names.forEach(name -> Scope.find(name).ifPresent(scopes::add));
    return scopes;
  }
}
