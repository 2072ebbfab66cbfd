package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.governance.Api.Response;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What roles see and change of organizations, workspaces and configuration. */
@ExtendWith(SharedStack.class)
class TenancyRolesIT {
  private static final String ORGANIZATION = "/v1/organization";
  private static final String PROJECTS = ORGANIZATION + "/projects";
  private static final String CONFIG = ORGANIZATION + "/config";
  private static final String WORKSPACE = PROJECTS + "/roles-a";

  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningGovernance running;
  private static @Nullable Api nobody;
  private static @Nullable Api owner;

  @BeforeAll
  static void start() throws Exception {
    running =
        new RunningGovernance(
            SharedStack.config("tenancy_roles", Objects.requireNonNull(folder))
                .withOperatorApart());
    Api operator = running.operator();
    nobody = operator.as("nobody");
    Response made =
        operator.post(
            "/v1/platform/organizations",
            "{'id':'roles','name':'Roles','time_zone':'UTC','currency':'USD',"
                + "'owner':{'email':'owner@roles.example','name':'O'}}");
    owner = operator.as(made.text("/owner/personal_key/value"));
    owner().post(PROJECTS, "{'id':'roles-a','name':'A','owner':'ada','labels':{'team':'blue'}}");
    owner().post(PROJECTS, "{'id':'roles-b','name':'B'}");
    owner().patch(ORGANIZATION, "{'billing_email':'ap@roles.example'}");
    owner()
        .patch(
            CONFIG,
            "{'rate_limiting':{'rpm':100},'budgets':{'limit':'50'},"
                + "'providers':{'openai':{'key_ref':'vault:1'}}}");
  }

  @AfterAll
  static void stop() {
    Objects.requireNonNull(running).close();
  }

  private static Api owner() {
    return Objects.requireNonNull(owner);
  }

  private static Api join(String name, String terms) {
    Response invite =
        owner()
            .post(
                "/v1/organization/invites", "{'email':'" + name + "@roles.example'," + terms + "}");
    assertThat(invite.status()).as("%s", invite.body()).isEqualTo(201);
    Response accepted =
        Objects.requireNonNull(nobody)
            .post(
                "/v1/organization/invites/accept",
                "{'token':'" + invite.text("/token") + "','name':'Some One'}");
    return owner().as(accepted.text("/personal_key/value"));
  }

  @Test
  void viewersSeeNamesAndNoFinanceDataOrCredentials() {
    Api viewer = join("viewer", "'tollgate_role':'viewer'");
    Response one = viewer.get(WORKSPACE);
    Response config = viewer.get(CONFIG);
    Response effective = viewer.get(WORKSPACE + "/config?effective=true");

    assertThat(one.text("/name")).isEqualTo("A");
    assertThat(one.body().has("owner")).isFalse();
    assertThat(viewer.get(PROJECTS).body().toString()).contains("roles-b").doesNotContain("blue");
    assertThat(viewer.get(ORGANIZATION).body().has("billing_email")).isFalse();
    assertThat(owner().get(ORGANIZATION).text("/billing_email")).isEqualTo("ap@roles.example");
    assertThat(config.text("/rate_limiting/rpm")).isEqualTo("100");
    assertThat(config.body().has("providers")).isFalse();
    assertThat(effective.body().toString()).doesNotContain("vault:1");
    assertThat(viewer.get(ORGANIZATION + "/finance_contacts").status()).isEqualTo(403);
    assertThat(viewer.patch(ORGANIZATION, "{'name':'x'}").status()).isEqualTo(403);
    assertThat(viewer.patch(CONFIG, "{'models':null}").status()).isEqualTo(403);
    assertThat(viewer.delete(ORGANIZATION + "?confirm=roles").status()).isEqualTo(403);
  }

  @Test
  void membersMakeWorkspacesWhereTheSettingSaysSoAndAdministerTheirOwn() {
    Api member = join("member", "'tollgate_role':'member'");
    Response before = member.post(PROJECTS, "{'id':'roles-mine','name':'Mine'}");
    owner().patch(ORGANIZATION, "{'members_create_workspaces':true}");
    Response after = member.post(PROJECTS, "{'id':'roles-mine','name':'Mine'}");

    assertThat(before.status()).isEqualTo(403);
    assertThat(after.status()).as("%s", after.body()).isEqualTo(201);
    assertThat(member.patch(PROJECTS + "/roles-mine", "{'owner':'me'}").status()).isEqualTo(200);
    assertThat(member.get(CONFIG).body().has("budgets")).as("not a member's to read").isFalse();
    assertThat(member.get(WORKSPACE).status()).as("others are not seen").isEqualTo(404);
    assertThat(member.patch(WORKSPACE, "{'owner':'me'}").status()).isEqualTo(404);
  }

  @Test
  void aWorkspacesAdminTightensOnly() {
    Api admin =
        join("wsadmin", "'tollgate_role':'member','projects':[{'id':'roles-a','role':'owner'}]");
    String path = WORKSPACE + "/config";
    Response first = admin.patch(path, "{'rate_limiting':{'rpm':80},'budgets':{'limit':'40'}}");
    Response tighter = admin.patch(path, "{'rate_limiting':{'rpm':70}}");
    Response looser = admin.patch(path, "{'rate_limiting':{'rpm':75}}");
    Response removed = admin.patch(path, "{'rate_limiting':null}");
    Response budget = admin.patch(path, "{'budgets':{'limit':'45'}}");
    Response noBudget = admin.patch(path, "{'budgets':null}");
    Response unread = admin.patch(path, "{'routing':{'retries':1}}");
    Response byOwner = owner().patch(path, "{'rate_limiting':{'rpm':75}}");

    assertThat(first.status()).as("%s", first.body()).isEqualTo(200);
    assertThat(tighter.status()).isEqualTo(200);
    for (Response limit : List.of(looser, removed)) {
      assertThat(limit.status()).isEqualTo(403);
      assertThat(limit.text("/error/param")).isEqualTo("rate_limiting.rpm");
    }
    for (Response amount : List.of(budget, noBudget)) {
      assertThat(amount.status()).isEqualTo(403);
      assertThat(amount.text("/error/param")).isEqualTo("budgets.limit");
    }
    assertThat(unread.status()).isEqualTo(403);
    assertThat(byOwner.status()).isEqualTo(200);
    assertThat(admin.patch(PROJECTS + "/roles-b/config", "{'models':null}").status())
        .isEqualTo(404);
    assertThat(admin.get(path).text("/budgets/limit")).isEqualTo("40");
  }
}
