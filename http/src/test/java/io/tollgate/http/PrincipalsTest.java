package io.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;

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

    assertThat(principals.find(People.OPERATOR))
        .contains(new Caller.Operator("op_1", true, List.of()));
    assertThat(principals.find(People.ACME_ADMIN))
        .contains(new Caller.AdminKey("adm_1", new OrganizationId("acme"), OrganizationRole.OWNER));
    assertThat(principals.find(People.ACME_READER))
        .contains(
            new Caller.ApiKey(
                new ApiKeyId("key_r"),
                new OrganizationId("acme"),
                new WorkspaceId("prod"),
                Set.of(Scope.USAGE_READ),
                Optional.empty()));
    assertThat(principals.find("tg-nobody")).isEmpty();
    assertThat(principals.find("")).isEmpty();
    assertThat(principals.find("x".repeat(100_000))).isEmpty();
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
    return new Principals(List.of(people), () -> now).find(People.OPERATOR);
  }

  @Test
  void believesTheHighestVersion() {
    People newer = People.some();
    Principal revoked = newer.find(new Secret(People.OPERATOR).hash()).orElseThrow();
    revoked.setVersion(2);
    revoked.setValidUntil(People.NOW.minusSeconds(1));

    assertThat(new Principals(List.of(people, newer), () -> People.NOW).find(People.OPERATOR))
        .isEmpty();
    assertThat(new Principals(List.of(newer, people), () -> People.NOW).find(People.OPERATOR))
        .isEmpty();
  }
}
