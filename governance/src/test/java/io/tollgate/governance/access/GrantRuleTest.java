package io.tollgate.governance.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.OrganizationRole;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrantRuleTest {
  @ParameterizedTest
  @CsvSource({
    "OWNER,OWNER,true",
    "OWNER,BILLING,true",
    "ADMIN,ADMIN,true",
    "ADMIN,VIEWER,true",
    "ADMIN,MEMBER,true",
    "ADMIN,OWNER,false",
    "ADMIN,BILLING,false",
    "BILLING,VIEWER,true",
    "VIEWER,MEMBER,false",
    "MEMBER,VIEWER,false",
  })
  void aRoleCoversWhatItsHolderHas(OrganizationRole holder, OrganizationRole role, boolean covers) {
    assertThat(GrantRule.covers(holder, role)).isEqualTo(covers);
  }
}
