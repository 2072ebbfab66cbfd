package io.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.WorkspaceRole;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GuardTest {
  private static final OrganizationId ACME = new OrganizationId("acme");
  private static final OrganizationId OTHER = new OrganizationId("other");
  private static final WorkspaceId PROD = new WorkspaceId("prod");
  private static final WorkspaceId LAB = new WorkspaceId("lab");

  private static Caller person(OrganizationRole role, Map<WorkspaceId, WorkspaceRole> workspaces) {
    return new Caller.Person(
        "user_1", List.of(new Membership(ACME, Optional.of(role), workspaces, Set.of())));
  }

  private static Guard.Asked about(WorkspaceId workspace) {
    return new Guard.Asked(
        Optional.empty(), Optional.of(workspace), (organization, id) -> !id.value().equals("far"));
  }

  private static Guard.Asked header(String... organization) {
    return new Guard.Asked(
        List.of(organization).stream().findFirst(), Optional.empty(), (o, w) -> true);
  }

  @Test
  void rolesAddUp() {
    Guard guard = Guard.permission(Permission.KEYS_WRITE);
    Caller editor = person(OrganizationRole.VIEWER, Map.of(PROD, WorkspaceRole.EDITOR));

    Access access = guard.judge(editor, about(PROD)).access().orElseThrow();

    assertThat(access.may(Permission.KEYS_WRITE, PROD)).isTrue();
    assertThat(access.may(Permission.KEYS_WRITE, LAB)).isFalse();
    assertThat(access.may(Permission.USAGE_READ)).isTrue();
    assertThat(access.workspaces(Permission.KEYS_WRITE).some()).containsExactly(PROD);
    assertThat(access.tightensOnly(Permission.BUDGETS_WRITE_KEY, PROD)).isTrue();
    assertThatThrownBy(() -> guard.judge(editor, about(LAB)))
        .isInstanceOfSatisfying(
            Refusal.class, e -> assertThat(e.reason()).isEqualTo(Refusal.Reason.FORBIDDEN));
  }

  @Test
  void whatTheCallerCannotKnowIsNotThere() {
    Guard guard = Guard.permission(Permission.KEYS_WRITE);

    for (Caller caller :
        List.of(
            person(OrganizationRole.MEMBER, Map.of()),
            person(OrganizationRole.MEMBER, Map.of(LAB, WorkspaceRole.ADMIN)))) {
      assertThatThrownBy(() -> guard.judge(caller, about(PROD)))
          .isInstanceOfSatisfying(
              Refusal.class, e -> assertThat(e.reason()).isEqualTo(Refusal.Reason.NOT_FOUND));
    }
    assertThatThrownBy(
            () ->
                guard.judge(
                    person(OrganizationRole.VIEWER, Map.of()), about(new WorkspaceId("far"))))
        .isInstanceOfSatisfying(
            Refusal.class, e -> assertThat(e.reason()).isEqualTo(Refusal.Reason.NOT_FOUND));
  }

  @Test
  void aPersonInSeveralOrganizationsNamesOne() {
    Guard guard = Guard.permission(Permission.ORG_READ);
    Caller both =
        new Caller.Person(
            "user_1",
            List.of(
                Membership.of(ACME, OrganizationRole.VIEWER),
                Membership.of(OTHER, OrganizationRole.OWNER)));

    assertThat(guard.judge(both, header("acme")).organization()).contains(ACME);
    assertThatThrownBy(() -> guard.judge(both, header()))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining("acme, other");
    assertThatThrownBy(() -> guard.judge(both, header("third")))
        .isInstanceOfSatisfying(
            Refusal.class, e -> assertThat(e.reason()).isEqualTo(Refusal.Reason.FORBIDDEN));
  }

  @Test
  void aScopeOpensTheKeysOwnWorkspace() {
    Guard guard = Guard.permission(Permission.USAGE_READ).orScope(Scope.USAGE_READ);
    Caller key =
        new Caller.ApiKey(
            new ApiKeyId("key_1"), ACME, PROD, Set.of(Scope.USAGE_READ), Optional.empty());

    Access access = guard.judge(key, header()).access().orElseThrow();

    assertThat(access.workspaces(Permission.USAGE_READ))
        .isEqualTo(new Access.Reach(false, Set.of(PROD)));
    assertThat(access.workspaces(Permission.KEYS_READ).isNone()).isTrue();
  }

  @Test
  void theOperatorIsAnOwnerOnlyWhereItIsSetSo() {
    Guard usage = Guard.permission(Permission.USAGE_READ);
    Caller owner = new Caller.Operator("op", true, List.of());
    Caller apart = new Caller.Operator("op", false, List.of());
    Caller granted =
        new Caller.Operator(
            "op",
            false,
            List.of(
                new Membership(ACME, Optional.empty(), Map.of(), Set.of(Permission.USAGE_READ))));

    assertThat(usage.judge(owner, header("acme")).organization()).contains(ACME);
    assertThat(usage.judge(granted, header("acme")).organization()).contains(ACME);
    assertThatThrownBy(() -> usage.judge(granted, header("other"))).isInstanceOf(Refusal.class);
    assertThatThrownBy(() -> usage.judge(apart, header("acme"))).isInstanceOf(Refusal.class);
  }

  @Test
  void whatASettingMayAllowIsLetThroughOnlyWhereTheRouteLooksAtIt() {
    Caller member = person(OrganizationRole.MEMBER, Map.of());
    Guard.Permitted create = Guard.permission(Permission.WORKSPACES_CREATE);

    assertThat(create.orBySetting().judge(member, header()).organization()).contains(ACME);
    assertThatThrownBy(() -> create.judge(member, header())).isInstanceOf(Refusal.class);
  }
}
