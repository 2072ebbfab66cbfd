package io.tollgate.http;

import io.tollgate.schemas.avro.Principal;
import io.tollgate.schemas.avro.PrincipalKind;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Principals in memory, for tests. */
final class People implements PrincipalSource {
  static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");
  static final String OPERATOR = "tg-op-operator";
  static final String ACME_ADMIN = "tg-admin-acme";
  static final String ACME_WRITER = "tg-acme-writer";
  static final String ACME_READER = "tg-acme-reader";

  private final Map<String, Principal> byHash = new HashMap<>();

  static People some() {
    return new People()
        .add(OPERATOR, PrincipalKind.OPERATOR, "op_1", null, null, List.of("organizations"))
        .add(ACME_ADMIN, PrincipalKind.ADMIN_KEY, "adm_1", "acme", null, List.of())
        .add(ACME_WRITER, PrincipalKind.API_KEY, "key_w", "acme", "prod", List.of("events:write"))
        .add(
            ACME_READER,
            PrincipalKind.API_KEY,
            "key_r",
            "acme",
            "prod",
            List.of("usage:read", "from:the-future"));
  }

  People add(
      String secret,
      PrincipalKind kind,
      String id,
      @Nullable String organization,
      @Nullable String workspace,
      List<String> scopes) {
    return put(
        Principal.newBuilder()
            .setKeyHash(new Secret(secret).hash())
            .setKind(kind)
            .setPrincipalId(id)
            .setOrganizationId(organization)
            .setWorkspaceId(workspace)
            .setScopes(scopes)
            .setValidFrom(NOW.minusSeconds(60))
            .setVersion(1)
            .setMemberships(List.of())
            .setAllowedIpRanges(List.of())
            .build());
  }

  People put(Principal principal) {
    byHash.put(principal.getKeyHash(), principal);
    return this;
  }

  Principals principals() {
    return new Principals(List.of(this), () -> NOW);
  }

  @Override
  public Optional<Principal> find(String keyHash) {
    return Optional.ofNullable(byHash.get(keyHash));
  }
}
