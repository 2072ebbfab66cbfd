package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.governance.Api.Response;
import io.tollgate.governance.PermissionRows.Row;
import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.WorkspaceRole;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * No sequence of requests, whoever makes them, leaves an organization without an owner, a key
 * without a workspace, a child looser than its parent, or somebody with a permission that whoever
 * gave it lacked. Permissions are compared by the table that no production code reads.
 */
@ExtendWith(SharedStack.class)
class GovernancePropertiesIT {
  private static final int STEPS = 400;
  private static final String ORGANIZATION = "/v1/organization";
  private static final String PROJECTS = ORGANIZATION + "/projects";

  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningGovernance running;
  private static @Nullable Database database;
  private static @Nullable Api operator;

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private final PermissionRows table = PermissionRows.read();
  private final List<Someone> people = new ArrayList<>();
  private final List<String> workspaces = new ArrayList<>();
  private final List<String> keys = new ArrayList<>();
  private int made;
  private int done;

  /** A person of one organization, perhaps a former one. */
  private record Someone(String id, Api api, String organization) {}

  @BeforeAll
  static void start() throws Exception {
    GovernanceConfig config =
        SharedStack.config("properties", Objects.requireNonNull(folder)).withOperatorApart();
    running = new RunningGovernance(config);
    database = Database.open(config.database());
    operator = running.operator();
  }

  @AfterAll
  static void stop() {
    Objects.requireNonNull(database).close();
    Objects.requireNonNull(running).close();
  }

  private static Api operator() {
    return Objects.requireNonNull(operator);
  }

  @Test
  void whatHoldsAfterAnySequenceOfRequests() {
    organization("left");
    organization("right");
    for (int step = 0; step < STEPS; step++) {
      String deed = act();
      assertThat(broken()).as("seed %d, step %d: %s", seed, step, deed).isEmpty();
    }
    assertThat(done).as("changes that were made, seed %d", seed).isGreaterThan(STEPS / 10);
  }

  private void organization(String id) {
    Response made =
        operator()
            .post(
                "/v1/platform/organizations",
                "{'id':'"
                    + id
                    + "','name':'N','time_zone':'UTC','currency':'USD',"
                    + "'owner':{'email':'o@x.example','name':'O'}}");
    assertThat(made.status()).isEqualTo(201);
    people.add(
        new Someone(
            made.text("/owner/id"), operator().as(made.text("/owner/personal_key/value")), id));
  }

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private OrganizationRole anyRole() {
    return any(List.of(OrganizationRole.values()));
  }

  private WorkspaceRole anyWorkspaceRole() {
    return any(List.of(WorkspaceRole.values()));
  }

  private String anyWorkspace() {
    return workspaces.isEmpty() ? "none" : any(workspaces);
  }

  /** One request of somebody about anything, refused or not; what it was. */
  private String act() {
    Someone actor = any(people);
    Someone other = any(people);
    String workspace = anyWorkspace();
    String project = PROJECTS + "/" + workspace;
    String rate = "{'requests_per_minute':" + (1 + random.nextInt(50)) + "}";
    String role = "{'tollgate_role':'" + anyRole().wireName() + "'}";
    String workspaceRole = anyWorkspaceRole().wireName();
    Api api = actor.api();
    return switch (random.nextInt(14)) {
      case 0, 1 -> invite(actor, workspace);
      case 2 -> createWorkspace(actor);
      case 3 -> createKey(actor, workspace);
      case 4 -> told(actor, "key", api.post(ORGANIZATION + "/admin_api_keys", named(role)));
      case 5 -> changeRole(actor, other);
      case 6 -> told(actor, "remove " + other, api.delete(ORGANIZATION + "/users/" + other.id()));
      case 7 ->
          told(
              actor,
              "add " + other + " to " + workspace,
              api.post(
                  project + "/users",
                  "{'user_id':'" + other.id() + "','tollgate_role':'" + workspaceRole + "'}"));
      case 8 ->
          told(
              actor,
              "make " + other + " " + workspaceRole + " in " + workspace,
              api.post(
                  project + "/users/" + other.id(), "{'tollgate_role':'" + workspaceRole + "'}"));
      case 9 ->
          told(
              actor,
              "take " + other + " from " + workspace,
              api.delete(project + "/users/" + other.id()));
      case 10 -> told(actor, "limits " + rate, api.put(ORGANIZATION + "/limits", rate));
      case 11 -> told(actor, workspace + " " + rate, api.put(project + "/limits", rate));
      case 12 ->
          told(
              actor,
              "key in " + workspace + " " + rate,
              api.put(
                  project + "/api_keys/" + (keys.isEmpty() ? "none" : any(keys)) + "/limits",
                  rate));
      default ->
          random.nextInt(8) == 0
              ? told(
                  actor,
                  "delete " + workspace,
                  api.delete(project + "?force=true&confirm=" + workspace))
              : told(actor, "loosen", api.delete(ORGANIZATION + "/limits"));
    };
  }

  private static String named(String json) {
    return json.replace("{", "{'name':'K',");
  }

  private String told(Someone actor, String what, Response response) {
    assertThat(response.status()).as("seed %d: %s", seed, what).isLessThan(500);
    if (response.status() < 300) {
      done++;
    }
    return actor.id() + " " + what + ": " + response.status();
  }

  private String invite(Someone actor, String workspace) {
    OrganizationRole role = anyRole();
    boolean narrow = random.nextBoolean() && !workspace.equals("none");
    WorkspaceRole inside = anyWorkspaceRole();
    Optional<OrganizationRole> own = role(actor);
    boolean manages = own.map(table.row("members.manage")::mark).filter("Y"::equals).isPresent();
    Response invite =
        actor
            .api()
            .post(
                ORGANIZATION + "/invites",
                "{'email':'p"
                    + made++
                    + "@x.example','tollgate_role':'"
                    + role.wireName()
                    + "'"
                    + (narrow
                        ? ",'projects':[{'id':'"
                            + workspace
                            + "','tollgate_role':'"
                            + inside.wireName()
                            + "'}]"
                        : "")
                    + "}");
    String what = told(actor, "invite " + role + (narrow ? " to " + workspace : ""), invite);
    if (invite.status() == 201) {
      if (manages) {
        assertThat(beyond(own.orElseThrow(), role)).as("seed %d: %s", seed, what).isEmpty();
      } else {
        // The one who administers a workspace invites members of it and nothing else.
        assertThat(role).as("seed %d: %s", seed, what).isEqualTo(OrganizationRole.MEMBER);
        assertThat(narrow).as("seed %d: %s", seed, what).isTrue();
      }
      Response accepted =
          operator()
              .post(
                  ORGANIZATION + "/invites/accept",
                  "{'token':'" + invite.text("/token") + "','name':'P'}");
      assertThat(accepted.status()).isEqualTo(201);
      people.add(
          new Someone(
              accepted.text("/id"),
              operator().as(accepted.text("/personal_key/value")),
              actor.organization()));
    }
    return what;
  }

  private String createWorkspace(Someone actor) {
    String id = "w" + made++;
    Response response = actor.api().post(PROJECTS, "{'id':'" + id + "','name':'W'}");
    if (response.status() == 201) {
      workspaces.add(id);
    }
    return told(actor, "make " + id, response);
  }

  private String createKey(Someone actor, String workspace) {
    String id = "k" + made++;
    Response response =
        actor
            .api()
            .post(PROJECTS + "/" + workspace + "/api_keys", "{'id':'" + id + "','name':'K'}");
    if (response.status() == 201) {
      keys.add(id);
    }
    return told(actor, "key " + id + " in " + workspace, response);
  }

  private String changeRole(Someone actor, Someone other) {
    Optional<OrganizationRole> own = role(actor);
    OrganizationRole role = anyRole();
    Optional<OrganizationRole> present = role(other);
    Response response =
        actor
            .api()
            .post(
                ORGANIZATION + "/users/" + other.id(),
                "{'tollgate_role':'" + role.wireName() + "'}");
    String what = told(actor, "make " + other.id() + " " + role, response);
    if (response.status() < 300 && present.filter(role::equals).isEmpty()) {
      assertThat(beyond(own.orElseThrow(), role)).as("seed %d: %s", seed, what).isEmpty();
    }
    return what;
  }

  private static Optional<OrganizationRole> role(Someone someone) {
    return Objects.requireNonNull(database)
        .read(
            handle ->
                handle
                    .createQuery(
                        "SELECT role FROM memberships"
                            + " WHERE person_id = :id AND organization_id = :organization")
                    .bind("id", someone.id())
                    .bind("organization", someone.organization())
                    .map((row, context) -> OrganizationRole.valueOf(row.getString("role")))
                    .findOne());
  }

  /** What one role may and the other may not, by the table. */
  private List<String> beyond(OrganizationRole holder, OrganizationRole given) {
    return table.rows().stream()
        .filter(row -> rank(row.mark(given)) > rank(row.mark(holder)))
        .map(Row::permission)
        .toList();
  }

  private static int rank(String mark) {
    return switch (mark.toLowerCase(Locale.ROOT)) {
      case "" -> 0;
      case "\u00b2" -> 1;
      case "names" -> 2;
      default -> 3;
    };
  }

  /** What must not be, as the tables tell it. */
  private List<String> broken() {
    List<String> broken = new ArrayList<>();
    Database tables = Objects.requireNonNull(database);
    tables.read(
        handle -> {
          broken.addAll(
              handle
                  .createQuery(
                      "SELECT 'no owner: ' || id FROM organizations o WHERE deleted_at IS NULL"
                          + " AND NOT EXISTS (SELECT FROM memberships m"
                          + " WHERE m.organization_id = o.id AND m.role = 'OWNER')")
                  .mapTo(String.class)
                  .list());
          broken.addAll(
              handle
                  .createQuery(
                      "SELECT 'no workspace: ' || k.id FROM api_keys k"
                          + " LEFT JOIN workspaces w ON w.id = k.workspace_id"
                          + " WHERE k.revoked_at IS NULL"
                          + " AND (w.id IS NULL OR w.deleted_at IS NOT NULL)")
                  .mapTo(String.class)
                  .list());
          broken.addAll(
              handle
                  .createQuery(
                      "SELECT 'looser: ' || c.scope_id || ' than ' || p.scope_id"
                          + " FROM limits c JOIN limits p"
                          + " ON p.organization_id = c.organization_id"
                          + " WHERE c.deleted_at IS NULL AND p.deleted_at IS NULL"
                          + " AND (p.scope = 'organization' AND c.scope <> 'organization'"
                          + " OR p.scope = 'workspace' AND c.scope = 'api_key'"
                          + " AND c.workspace_id = p.scope_id)"
                          + " AND c.requests_per_minute > p.requests_per_minute")
                  .mapTo(String.class)
                  .list());
          handle
              .createQuery(
                  "SELECT k.id, k.role AS given, m.role AS own FROM admin_keys k"
                      + " LEFT JOIN memberships m ON m.person_id = k.created_by"
                      + " AND m.organization_id = k.organization_id"
                      + " WHERE k.revoked_at IS NULL")
              .map(
                  (row, context) -> {
                    String own = row.getString("own");
                    String id = row.getString("id");
                    List<String> more =
                        own == null
                            ? List.of("everything")
                            : beyond(
                                OrganizationRole.valueOf(own),
                                OrganizationRole.valueOf(row.getString("given")));
                    return more.isEmpty() ? "" : id + " may more than its maker: " + more;
                  })
              .list()
              .stream()
              .filter(told -> !told.isEmpty())
              .forEach(broken::add);
          return broken;
        });
    return broken;
  }
}
