package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.governance.Api.Response;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Asks the routes that other tests only see refuse, because they do for a project, the organization
 * or the operator what another does: only an answer can be held against the document.
 */
@ExtendWith(SharedStack.class)
class DocumentedAnswersIT {
  private static final String ORGANIZATION = "/v1/organization";
  private static final String PROJECT = ORGANIZATION + "/projects/told-p";
  private static final String PLATFORM = "/v1/platform/organizations";
  private static final String MONTHLY =
      "'currency':'USD','interval':'month','threshold_amount':50000";
  private static final String ALERT =
      "{"
          + MONTHLY
          + ",'notification_channel':{'type':'email','recipients':['a@b.example'],"
          + "'subject_prefix':null}}";

  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningGovernance running;
  private static @Nullable Api operator;

  @BeforeAll
  static void start() throws Exception {
    running = new RunningGovernance(SharedStack.config("answers", Objects.requireNonNull(folder)));
    operator = running.operator();
    organization("told");
    well(told().post(ORGANIZATION + "/projects", "{'id':'told-p','name':'P'}"));
  }

  @AfterAll
  static void stop() {
    Objects.requireNonNull(running).close();
  }

  private static Api operator() {
    return Objects.requireNonNull(operator);
  }

  private static Api told() {
    return operator().on("told");
  }

  private static void organization(String id) {
    well(
        operator()
            .post(PLATFORM, "{'id':'" + id + "','name':'N','time_zone':'UTC','currency':'USD'}"));
  }

  private static Response well(Response response) {
    assertThat(response.status()).as("%s", response.body()).isBetween(200, 202);
    return response;
  }

  @Test
  void ofOrganizations() {
    well(operator().get(PLATFORM + "/told"));
    well(operator().patch(PLATFORM + "/told", "{'name':'Told'}"));
    well(operator().put(PLATFORM + "/told/plan", "{'name':'small'}"));
    well(operator().get(PLATFORM + "/told/plan"));
    well(operator().get(PLATFORM + "/told/grants"));
    well(operator().put(PLATFORM + "/told/wallet", "{}"));
    well(operator().post(PLATFORM + "/told/wallet/credits", "{'amount':'5','reason':'a start'}"));
    well(operator().get(PLATFORM + "/told/wallet/credits"));
    well(operator().post("/v1/platform/price_books", "{'id':'told','currency':'USD'}"));
    well(operator().get("/v1/platform/price_books"));
  }

  @Test
  void ofTheirLife() {
    organization("told-once");
    Api once = operator().on("told-once");
    well(once.post(ORGANIZATION + "/archive", ""));
    well(once.post(ORGANIZATION + "/restore", ""));
    well(once.post(ORGANIZATION + "/projects", "{'id':'told-once-p','name':'P'}"));
    well(once.delete(ORGANIZATION + "/projects/told-once-p", "{'confirm':'told-once-p'}"));
    well(once.delete(ORGANIZATION, "{'confirm':'told-once','force':true}"));
    organization("told-twice");
    well(operator().delete(PLATFORM + "/told-twice", "{'confirm':'told-twice'}"));
  }

  @Test
  void ofKeys() {
    String key = well(told().post(PROJECT + "/api_keys", "{'name':'K'}")).text("/id");
    well(told().post(PROJECT + "/api_keys/" + key, "{'name':'L'}"));
    well(told().post(ORGANIZATION + "/api_keys/" + key + "/rotate", "{'overlap_seconds':0}"));
    well(told().delete(ORGANIZATION + "/api_keys/" + key));
    String admin = well(told().post(ORGANIZATION + "/admin_api_keys", "{'name':'A'}")).text("/id");
    well(told().delete(ORGANIZATION + "/admin_api_keys/" + admin));
  }

  @Test
  void ofSpending() {
    for (String scope : new String[] {ORGANIZATION, PROJECT}) {
      well(told().put(scope + "/limits", "{'requests_per_minute':100}"));
      well(told().delete(scope + "/limits"));
      well(told().post(scope + "/spend_limit", "{" + MONTHLY + "}"));
      well(told().delete(scope + "/spend_limit"));
      String alerts = scope + "/spend_alerts";
      String alert = alerts + "/" + well(told().post(alerts, ALERT)).text("/id");
      well(told().post(alert, ALERT.replace("50000", "60000")));
      well(told().delete(alert));
      String budgets = scope + "/budgets";
      String budget = "{'name':'B','amount':'500','period':'month'}";
      String made = well(told().post(budgets, budget)).text("/id");
      well(told().patch(budgets + "/" + made, "{'amount':'400'}"));
    }
  }

  @Test
  void ofAlertChannels() {
    String channels = PROJECT + "/alert_channels";
    String terms = "{'name':'C','url':'https://example.com/hook'}";
    String channel = channels + "/" + well(told().post(channels, terms)).text("/id");
    well(told().patch(channel, "{'name':'D','filters':{'threshold_from':'0.5'}}"));
    well(told().post(channel + "/rotate", "{'overlap_seconds':1}"));
    well(told().post(channel + "/test", ""));
    well(told().delete(channel));
  }
}
