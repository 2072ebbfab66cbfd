package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.governance.Api.Response;
import io.tollgate.http.Secret;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Principal;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** How people come, what they may make of others, and how they go; the operator is apart here. */
@ExtendWith(SharedStack.class)
class PeopleIT {
  private static final String USERS = "/v1/organization/users";
  private static final String INVITES = "/v1/organization/invites";
  private static final String ADMIN_KEYS = "/v1/organization/admin_api_keys";
  private static final String PROJECTS = "/v1/organization/projects";

  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningGovernance running;
  private static @Nullable Api operator;

  @BeforeAll
  static void start() throws Exception {
    running =
        new RunningGovernance(
            SharedStack.config("people", Objects.requireNonNull(folder)).withOperatorApart());
    operator = running.operator();
  }

  @AfterAll
  static void stop() {
    Objects.requireNonNull(running).close();
  }

  private static Api operator() {
    return Objects.requireNonNull(operator);
  }

  /** Somebody with a personal key. */
  private record Someone(String id, Api api) {
    static Someone of(Response accepted) {
      assertThat(accepted.status()).as("%s", accepted.body()).isEqualTo(201);
      return new Someone(accepted.text("/id"), operator().as(accepted.text("/personal_key/value")));
    }
  }

  /** An organization with one owner, whose key the answer has. */
  private static Someone owner(String organization) {
    Response made =
        operator()
            .post(
                "/v1/platform/organizations",
                "{'id':'"
                    + organization
                    + "','name':'N','time_zone':'UTC','currency':'USD','owner':{'email':'owner@"
                    + organization
                    + ".example','name':'O'}}");
    assertThat(made.status()).as("%s", made.body()).isEqualTo(201);
    return new Someone(
        made.text("/owner/id"), operator().as(made.text("/owner/personal_key/value")));
  }

  private static Someone join(Api inviter, String email, String terms) {
    Response invite = inviter.post(INVITES, "{'email':'" + email + "'," + terms + "}");
    assertThat(invite.status()).as("%s", invite.body()).isEqualTo(201);
    return Someone.of(accept(invite.text("/token")));
  }

  private static Response accept(String token) {
    return operator()
        .as("nobody")
        .post(INVITES + "/accept", "{'token':'" + token + "','name':'Some One'}");
  }

  private static void project(Api api, String id) {
    assertThat(api.post(PROJECTS, "{'id':'" + id + "','name':'P'}").status()).isEqualTo(201);
  }

  @Test
  void speaksOfRolesInTheWordsOfTheImitatedApiAndInItsOwn() {
    Someone owner = owner("words");
    Someone billing = join(owner.api(), "bill@words.example", "'tollgate_role':'billing'");

    Response shown = owner.api().get(USERS + "/" + billing.id());
    assertThat(shown.text("/object")).isEqualTo("organization.user");
    assertThat(shown.text("/role")).isEqualTo("reader");
    assertThat(shown.text("/tollgate_role")).isEqualTo("billing");
    assertThat(shown.text("/email")).isEqualTo("bill@words.example");

    // What somebody is already changes nothing; the word for another role does.
    assertThat(
            owner
                .api()
                .post(USERS + "/" + billing.id(), "{'role':'reader'}")
                .text("/tollgate_role"))
        .isEqualTo("billing");
    assertThat(
            owner
                .api()
                .post(USERS + "/" + billing.id(), "{'role':'owner','tollgate_role':'viewer'}")
                .status())
        .isEqualTo(400);
    assertThat(
            owner
                .api()
                .post(USERS + "/" + billing.id(), "{'tollgate_role':'viewer'}")
                .text("/tollgate_role"))
        .isEqualTo("viewer");
    assertThat(owner.api().get(USERS + "?emails=bill@words.example").body().at("/data")).hasSize(1);
  }

  @Test
  void aTokenOpensOnce() {
    Someone owner = owner("tokens");
    Response invite = owner.api().post(INVITES, "{'email':'one@tokens.example','role':'reader'}");
    assertThat(invite.text("/status")).isEqualTo("pending");
    assertThat(owner.api().get(INVITES + "/" + invite.text("/id")).body().has("token")).isFalse();
    assertThat(owner.api().post(INVITES, "{'email':'ONE@tokens.example','role':'reader'}").status())
        .isEqualTo(409);

    Response again = owner.api().post(INVITES + "/" + invite.text("/id") + "/resend", "{}");
    assertThat(accept(invite.text("/token")).status()).isEqualTo(403);
    assertThat(accept(again.text("/token")).status()).isEqualTo(201);
    assertThat(accept(again.text("/token")).status()).isEqualTo(403);
    assertThat(owner.api().get(INVITES + "/" + invite.text("/id")).text("/status"))
        .isEqualTo("accepted");

    Response other = owner.api().post(INVITES, "{'email':'two@tokens.example','role':'reader'}");
    assertThat(owner.api().delete(INVITES + "/" + other.text("/id")).status()).isEqualTo(200);
    assertThat(accept(other.text("/token")).status()).isEqualTo(403);
  }

  @Test
  void aPersonIsInSeveralOrganizationsAndNamesOne() {
    Someone first = owner("agency");
    Someone second = owner("client");
    Response invite =
        second.api().post(INVITES, "{'email':'a@agency.example','tollgate_role':'viewer'}");

    Response joined =
        first.api().post(INVITES + "/join", "{'token':'" + invite.text("/token") + "'}");

    assertThat(joined.status()).as("%s", joined.body()).isEqualTo(201);
    assertThat(joined.text("/id")).isEqualTo(first.id());
    Response unnamed = first.api().get(USERS);
    assertThat(unnamed.status()).isEqualTo(400);
    assertThat(unnamed.text("/error/message")).contains("agency, client");
    assertThat(first.api().on("agency").get(USERS).status()).isEqualTo(200);
    assertThat(first.api().on("client").get(USERS).status()).isEqualTo(403);
    assertThat(first.api().on("client").get(PROJECTS).status()).isEqualTo(200);
    assertThat(first.api().on("people-of-nowhere").get(PROJECTS).status()).isEqualTo(403);
    assertThat(first.api().get("/v1/organization/me").body().at("/organizations")).hasSize(2);
  }

  @Test
  void anOrganizationHasAnOwnerFromTheStart() {
    Someone known = owner("first");
    String rest = "'name':'N','time_zone':'UTC','currency':'USD'";

    Response nobodys =
        operator().post("/v1/platform/organizations", "{'id':'nobodys'," + rest + "}");
    Response second =
        operator()
            .post(
                "/v1/platform/organizations",
                "{'id':'second'," + rest + ",'owner':{'user_id':'" + known.id() + "'}}");

    assertThat(nobodys.status()).isEqualTo(400);
    assertThat(second.status()).as("%s", second.body()).isEqualTo(201);
    assertThat(second.body().at("/owner").has("personal_key")).isFalse();
    assertThat(known.api().on("second").get(USERS).body().at("/data")).hasSize(1);
  }

  @Test
  void whoMakesAWorkspaceAdministersIt() {
    Someone owner = owner("maker");
    Someone member = join(owner.api(), "m@maker.example", "'role':'reader'");
    assertThat(member.api().post(PROJECTS, "{'id':'made','name':'P'}").status()).isEqualTo(403);
    assertThat(owner.api().patch("/v1/organization", "{'members_create_workspaces':true}").status())
        .isEqualTo(200);

    project(member.api(), "made");

    assertThat(member.api().get(PROJECTS + "/made/users/" + member.id()).text("/tollgate_role"))
        .isEqualTo("admin");
    assertThat(owner.api().delete(PROJECTS + "/made?confirm=made").status()).isLessThan(500);
  }

  @Test
  void theLastOwnerStays() {
    Someone owner = owner("last");

    Response removed = owner.api().delete(USERS + "/" + owner.id());
    Response demoted = owner.api().post(USERS + "/" + owner.id(), "{'tollgate_role':'admin'}");

    for (Response refused : List.of(removed, demoted)) {
      assertThat(refused.status()).isEqualTo(409);
      assertThat(refused.text("/error/message")).contains("the last owner stays");
    }
    Someone next = join(owner.api(), "next@last.example", "'role':'owner'");
    assertThat(next.api().delete(USERS + "/" + owner.id()).status()).isEqualTo(200);
    assertThat(owner.api().get(USERS).status()).isEqualTo(403);
  }

  @Test
  void nobodyGrantsWhatTheyLack() {
    Someone owner = owner("grants");
    Someone admin = join(owner.api(), "admin@grants.example", "'tollgate_role':'admin'");
    Someone viewer = join(admin.api(), "viewer@grants.example", "'tollgate_role':'viewer'");

    for (String role : List.of("owner", "billing")) {
      assertThat(
              admin
                  .api()
                  .post(INVITES, "{'email':'x@grants.example','tollgate_role':'" + role + "'}")
                  .status())
          .isEqualTo(403);
      assertThat(
              admin
                  .api()
                  .post(USERS + "/" + viewer.id(), "{'tollgate_role':'" + role + "'}")
                  .status())
          .isEqualTo(403);
      assertThat(
              admin.api().post(ADMIN_KEYS, "{'name':'K','tollgate_role':'" + role + "'}").status())
          .isEqualTo(403);
    }
    assertThat(admin.api().delete(USERS + "/" + owner.id()).status()).isEqualTo(403);
    assertThat(admin.api().post(USERS + "/" + owner.id(), "{'role':'reader'}").status())
        .isEqualTo(403);
    assertThat(viewer.api().post(INVITES, "{'email':'x@y.example','role':'reader'}").status())
        .isEqualTo(403);
  }

  @Test
  void anAdminOfAWorkspaceInvitesMembersOfThatWorkspaceOnly() {
    Someone owner = owner("narrow");
    project(owner.api(), "narrow-a");
    project(owner.api(), "narrow-b");
    Someone lead =
        join(
            owner.api(),
            "lead@narrow.example",
            "'role':'reader','projects':[{'id':'narrow-a','role':'owner'}]");

    Someone outsider =
        join(
            lead.api(),
            "out@narrow.example",
            "'role':'reader','projects':[{'id':'narrow-a','role':'member'}]");
    assertThat(outsider.api().get(PROJECTS).body().at("/data")).hasSize(1);
    assertThat(outsider.api().get(PROJECTS + "/narrow-b").status()).isEqualTo(404);
    assertThat(lead.api().get(PROJECTS + "/narrow-a/users").body().at("/data")).hasSize(3);
    for (String terms :
        List.of(
            "'role':'reader'",
            "'role':'owner','projects':[{'id':'narrow-a','role':'member'}]",
            "'tollgate_role':'viewer','projects':[{'id':'narrow-a','role':'member'}]")) {
      assertThat(lead.api().post(INVITES, "{'email':'x@narrow.example'," + terms + "}").status())
          .isEqualTo(403);
    }
    assertThat(
            lead.api()
                .post(
                    INVITES,
                    "{'email':'x@narrow.example','role':'reader','projects':[{'id':'narrow-b',"
                        + "'role':'member'}]}")
                .status())
        .isEqualTo(404);

    String one = PROJECTS + "/narrow-a/users/" + outsider.id();
    assertThat(lead.api().post(one, "{'tollgate_role':'viewer'}").text("/tollgate_role"))
        .isEqualTo("viewer");
    assertThat(outsider.api().post(PROJECTS + "/narrow-a/api_keys", "{'name':'K'}").status())
        .isEqualTo(403);
    assertThat(lead.api().delete(one).status()).isEqualTo(200);
    assertThat(outsider.api().get(PROJECTS + "/narrow-a").status()).isEqualTo(404);
  }

  @Test
  void removalEndsEverythingAtOnce() {
    Someone owner = owner("gone");
    project(owner.api(), "gone-p");
    Someone admin = join(owner.api(), "admin@gone.example", "'tollgate_role':'admin'");
    Response made = admin.api().post(ADMIN_KEYS, "{'name':'K'}");
    assertThat(made.text("/tollgate_role")).isEqualTo("admin");
    Api byKey = operator().as(made.text("/value"));
    Response second = byKey.post(ADMIN_KEYS, "{'name':'K2','tollgate_role':'viewer'}");
    Response invite = byKey.post(INVITES, "{'email':'later@gone.example','role':'reader'}");
    Response key =
        owner
            .api()
            .post(PROJECTS + "/gone-p/api_keys", "{'name':'K','user_id':'" + admin.id() + "'}");
    assertThat(key.status()).as("%s", key.body()).isEqualTo(201);

    assertThat(owner.api().delete(USERS + "/" + admin.id()).status()).isEqualTo(200);

    assertThat(admin.api().get(PROJECTS).status()).isEqualTo(403);
    assertThat(byKey.get(PROJECTS).status()).isEqualTo(401);
    assertThat(operator().as(second.text("/value")).get(PROJECTS).status()).isEqualTo(401);
    assertThat(accept(invite.text("/token")).status()).isEqualTo(403);
    assertThat(
            Objects.requireNonNull(running)
                .published(
                    Topics.PRINCIPALS,
                    new Secret(key.text("/value")).hash(),
                    one -> one.map(Principal::getValidUntil).isPresent()))
        .isPresent();
    assertThat(owner.api().get(ADMIN_KEYS).body().at("/data")).isEmpty();
  }

  @Test
  void aKeyMayNoMoreThanItsMakerDoes() {
    Someone owner = owner("capped");
    Someone second = join(owner.api(), "second@capped.example", "'role':'owner'");
    Response strong = second.api().post(ADMIN_KEYS, "{'name':'strong'}");
    Response weak = second.api().post(ADMIN_KEYS, "{'name':'weak','tollgate_role':'viewer'}");

    owner.api().post(USERS + "/" + second.id(), "{'tollgate_role':'viewer'}");

    assertThat(operator().as(strong.text("/value")).get(PROJECTS).status()).isEqualTo(401);
    assertThat(operator().as(weak.text("/value")).get(PROJECTS).status()).isEqualTo(200);
  }

  @Test
  void theOperatorSeesATenantsMembersByAGrantOnly() {
    owner("tenant");
    String grants = "/v1/platform/organizations/tenant/grants";
    Api acting = operator().on("tenant");
    assertThat(acting.get(USERS).status()).isEqualTo(403);
    assertThat(
            operator()
                .post("/v1/platform/organizations/tenant/admin_api_keys", "{'name':'X'}")
                .status())
        .isEqualTo(403);

    Response grant =
        operator()
            .post(grants, "{'permissions':['members.read'],'reason':'ticket 7','seconds':3600}");

    assertThat(grant.status()).as("%s", grant.body()).isEqualTo(201);
    assertThat(acting.get(USERS).status()).isEqualTo(200);
    assertThat(acting.get(PROJECTS).status()).isEqualTo(403);
    assertThat(operator().on("people").get(USERS).status()).isEqualTo(403);
    assertThat(
            operator()
                .post(grants, "{'permissions':['members.manage'],'reason':'r','seconds':60}")
                .status())
        .isEqualTo(400);
    assertThat(Objects.requireNonNull(running).audited("operator_grant.created", grant.text("/id")))
        .isEqualTo(1);
    assertThat(operator().delete(grants + "/" + grant.text("/id")).status()).isEqualTo(200);
    assertThat(acting.get(USERS).status()).isEqualTo(403);
  }

  @Test
  void aPersonHasSeveralKeysAndEndsThem() {
    Someone owner = owner("keyring");
    Response further = owner.api().post("/v1/organization/me/keys", "{'name':'laptop'}");
    Api laptop = operator().as(further.text("/value"));
    assertThat(further.text("/value")).startsWith("tg-user-");
    assertThat(laptop.get(USERS).status()).isEqualTo(200);

    assertThat(owner.api().delete("/v1/organization/me/keys/" + further.text("/id")).status())
        .isEqualTo(200);

    assertThat(laptop.get(USERS).status()).isEqualTo(401);
    assertThat(owner.api().get("/v1/organization/me/keys").body().at("/data")).hasSize(1);
    assertThat(operator().get("/v1/organization/me").status()).isEqualTo(403);
  }
}
