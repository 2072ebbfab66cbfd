package io.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Principal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PrincipalsTest {
  private final People people = People.some();

  @Test
  void tellsWhoASecretIs() {
    Principals principals = people.principals();

    assertThat(principals.find(People.OPERATOR, "127.0.0.1"))
        .contains(new Caller.Operator("op_1", true, List.of()));
    assertThat(principals.find(People.ACME_ADMIN, "127.0.0.1"))
        .contains(new Caller.AdminKey("adm_1", new OrganizationId("acme"), OrganizationRole.OWNER));
    assertThat(principals.find(People.ACME_READER, "127.0.0.1"))
        .contains(
            new Caller.ApiKey(
                new ApiKeyId("key_r"),
                new OrganizationId("acme"),
                new WorkspaceId("prod"),
                Set.of(Scope.USAGE_READ),
                Optional.empty()));
    assertThat(principals.find("tg-nobody", "127.0.0.1")).isEmpty();
    assertThat(principals.find("", "127.0.0.1")).isEmpty();
    assertThat(principals.find("x".repeat(100_000), "127.0.0.1")).isEmpty();
  }

  @Test
  void judgesTheValidityIntervalNow() {
    Principal principal = people.find(new Secret(People.OPERATOR).hash()).orElseThrow();
    principal.setValidUntil(People.NOW.plusSeconds(10));

    assertThat(at(principal.getValidFrom().minusMillis(1))).isEmpty();
    assertThat(at(principal.getValidFrom())).isPresent();
    assertThat(at(principal.getValidUntil().minusMillis(1))).isPresent();
    assertThat(at(principal.getValidUntil())).isEmpty();
  }

  private Optional<Caller> at(Instant now) {
    return new Principals(List.of(people), () -> now).find(People.OPERATOR, "127.0.0.1");
  }

  @Test
  void believesTheHighestVersion() {
    People newer = People.some();
    Principal revoked = newer.find(new Secret(People.OPERATOR).hash()).orElseThrow();
    revoked.setVersion(2);
    revoked.setValidUntil(People.NOW.minusSeconds(1));

    assertThat(
            new Principals(List.of(people, newer), () -> People.NOW)
                .find(People.OPERATOR, "127.0.0.1"))
        .isEmpty();
    assertThat(
            new Principals(List.of(newer, people), () -> People.NOW)
                .find(People.OPERATOR, "127.0.0.1"))
        .isEmpty();
  }

  @Test
  void letsAnApiKeyInFromItsRangesOnly() {
    Principal reader = people.find(new Secret(People.ACME_READER).hash()).orElseThrow();
    reader.setAllowedIpRanges(List.of("10.0.0.0/8", "2001:db8::/32"));
    Principals principals = people.principals();

    assertThat(principals.find(People.ACME_READER, "10.1.2.3")).isPresent();
    assertThat(principals.find(People.ACME_READER, "2001:db8:0:0:0:0:0:1")).isPresent();
    assertThatThrownBy(() -> principals.find(People.ACME_READER, "11.1.2.3"))
        .isInstanceOfSatisfying(
            Refusal.class, e -> assertThat(e.reason()).isEqualTo(Refusal.Reason.FORBIDDEN));
  }
}
