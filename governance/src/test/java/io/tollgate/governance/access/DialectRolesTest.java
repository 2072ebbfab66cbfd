package io.tollgate.governance.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.WorkspaceRole;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DialectRolesTest {
  @ParameterizedTest
  @CsvSource({
    "OWNER,owner",
    "ADMIN,owner",
    "BILLING,reader",
    "MEMBER,reader",
    "VIEWER,reader",
  })
  void saysWhatTheImitatedApiKnows(OrganizationRole role, String word) {
    assertThat(DialectRoles.of(role)).isEqualTo(word);
  }

  @ParameterizedTest
  @EnumSource
  void whatSomebodyShowsAlreadyChangesNothing(OrganizationRole role) {
    assertThat(DialectRoles.organization(DialectRoles.of(role), null, role)).isEqualTo(role);
  }

  @ParameterizedTest
  @EnumSource
  void whatSomebodyShowsInAWorkspaceChangesNothing(WorkspaceRole role) {
    assertThat(DialectRoles.workspace(DialectRoles.of(role), null, role)).isEqualTo(role);
  }

  @Test
  void readsBothWords() {
    assertThat(DialectRoles.organization("owner", null, null)).isEqualTo(OrganizationRole.OWNER);
    assertThat(DialectRoles.organization("reader", null, null)).isEqualTo(OrganizationRole.MEMBER);
    assertThat(DialectRoles.organization(null, "billing", OrganizationRole.OWNER))
        .isEqualTo(OrganizationRole.BILLING);
    assertThat(DialectRoles.workspace("member", null, WorkspaceRole.ADMIN))
        .isEqualTo(WorkspaceRole.EDITOR);
    assertThatThrownBy(() -> DialectRoles.organization("owner", "viewer", null))
        .isInstanceOf(InvalidInput.class);
    assertThatThrownBy(() -> DialectRoles.organization("admin", null, null))
        .isInstanceOf(InvalidInput.class);
    assertThatThrownBy(() -> DialectRoles.workspace(null, null, null))
        .isInstanceOf(InvalidInput.class);
  }
}
