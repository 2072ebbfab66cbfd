package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.governance.Api.Response;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Something of everything that a path can name, in an organization and in two workspaces of it. */
final class MatrixThings {
  static final String MINE = "mine";
  static final String OTHER = "other";

  /** Of another organization. */
  static final String FAR = "far";

  static final String ORGANIZATION = "/v1/organization";
  static final String PROJECTS = ORGANIZATION + "/projects";

  private final Api owner;
  private final Map<String, String> ids = new HashMap<>();

  /**
   * @param victim the id of a member to whom things may be done
   */
  MatrixThings(Api owner, String victim) {
    this.owner = owner;
    make(victim);
  }

  static Response ok(Response response) {
    assertThat(response.status()).as("%s", response.body()).isBetween(200, 201);
    return response;
  }

  private void make(String victim) {
    String monthly = "'currency':'USD','interval':'month','threshold_amount':";
    String alert =
        "{"
            + monthly
            + "50000,'notification_channel':{'type':'email','recipients':['a@b.example']}}";
    String budget = "','name':'B','amount':'500','period':'month'}";
    ok(owner.post(ORGANIZATION + "/budgets", "{'id':'bud-org" + budget));
    ok(owner.put(ORGANIZATION + "/limits", "{'requests_per_minute':10000}"));
    ok(owner.post(ORGANIZATION + "/spend_limit", "{" + monthly + "100000}"));
    ids.put("/budget_id", "bud-org");
    ids.put("/channel_id", channel(ORGANIZATION, "chan-org"));
    ids.put("/alert_id", ok(owner.post(ORGANIZATION + "/spend_alerts", alert)).text("/id"));
    ids.put(
        "/invite_id",
        ok(owner.post(
                ORGANIZATION + "/invites", "{'email':'waiting@acme.example','role':'reader'}"))
            .text("/id"));
    ids.put(
        "/key_id",
        ok(owner.post(ORGANIZATION + "/admin_api_keys", "{'name':'A','tollgate_role':'viewer'}"))
            .text("/id"));
    for (String workspace : List.of(MINE, OTHER)) {
      String path = PROJECTS + "/" + workspace;
      ok(owner.post(PROJECTS, "{'id':'" + workspace + "','name':'W'}"));
      ok(owner.put(path + "/limits", "{'requests_per_minute':1000}"));
      ok(owner.post(path + "/spend_limit", "{" + monthly + "50000}"));
      ok(owner.post(path + "/budgets", "{'id':'bud-" + workspace + budget));
      String key = "key-" + workspace;
      ok(owner.post(path + "/api_keys", "{'id':'" + key + "','name':'K'}"));
      ok(owner.put(path + "/api_keys/" + key + "/limits", "{'requests_per_minute':100}"));
      ok(owner.post(path + "/service_accounts", "{'id':'svc-" + workspace + "','name':'S'}"));
      ok(owner.post(path + "/users", "{'user_id':'" + victim + "','role':'member'}"));
      ids.put(workspace + "/channel_id", channel(path, "chan-" + workspace));
      ids.put(workspace + "/budget_id", "bud-" + workspace);
      ids.put(workspace + "/api_key_id", key);
      ids.put(workspace + "/service_account_id", "svc-" + workspace);
      ids.put(workspace + "/alert_id", ok(owner.post(path + "/spend_alerts", alert)).text("/id"));
      ids.put(
          workspace + "/rate_limit_id", ok(owner.get(path + "/rate_limits")).text("/data/0/id"));
    }
    ids.put("/user_id", victim);
    ids.put("/api_key_id", "key-mine");
    ids.put("/event_id", "1-0-0");
    ids.put("/id", "acme");
  }

  private String channel(String path, String id) {
    return ok(owner.post(
            path + "/alert_channels",
            "{'id':'" + id + "','name':'C','url':'https://example.com/hook'}"))
        .text("/id");
  }

  /** A path or body with the ids of what is there. */
  String filled(String text, String workspace, boolean inWorkspace) {
    String filled = text;
    if (inWorkspace) {
      filled = filled.replace("/projects/{id}", "/projects/" + workspace);
      String place = workspace.equals(FAR) ? MINE : workspace;
      for (Map.Entry<String, String> id : ids.entrySet()) {
        if (id.getKey().startsWith(place + "/")) {
          filled =
              filled.replace("{" + id.getKey().substring(place.length() + 1) + "}", id.getValue());
        }
      }
    }
    for (Map.Entry<String, String> id : ids.entrySet()) {
      if (id.getKey().startsWith("/")) {
        filled = filled.replace("{" + id.getKey().substring(1) + "}", id.getValue());
      }
    }
    return filled
        .replace("{version}", "1")
        .replace("{grant_id}", "none")
        .replace("{delivery_id}", "none");
  }
}
