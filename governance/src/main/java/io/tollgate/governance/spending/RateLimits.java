package io.tollgate.governance.spending;

import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Page;
import io.tollgate.governance.tenancy.Workspaces;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.avro.Limit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Rate limits of a workspace in the imitated API, which has one per model. Here a limit is for all
 * models of its scope, so there is exactly one, with the model {@code *}. It is the same thing that
 * the routes of limits show.
 */
public final class RateLimits {
  private static final String PATH = "/v1/organization/projects/{id}/rate_limits";
  private static final String ID = "rl-all";

  private static final Map<String, String> NAMES =
      Map.of(
          "requests_per_minute",
          "max_requests_per_1_minute",
          "tokens_per_minute",
          "max_tokens_per_1_minute");

  /**
   * Shown where nothing is limited, because the dialect knows no absence here; the largest whole
   * number that every JSON reader has exactly.
   */
  private static final long NO_LIMIT = (1L << 53) - 1;

  private final Limits limits;

  public RateLimits(Limits limits) {
    this.limits = limits;
  }

  public void routes(Routes routes) {
    routes
        .get(
            PATH, Guard.permission(Permission.BUDGETS_READ), this::list, "limit", "after", "before")
        .post(PATH + "/{rate_limit_id}", Guard.permission(Permission.BUDGETS_WRITE), this::update);
  }

  private Answer list(Call call) {
    Page page = Page.of(call);
    LimitScope scope = scope(call);
    Optional<Limit> found = limits.read(scope);
    boolean wanted = page.after().isEmpty() && call.query().text("before").isEmpty();
    return Answer.ok(
        page.envelope(
            wanted ? List.of(found) : List.<Optional<Limit>>of(),
            limit -> json(limit.orElse(null))));
  }

  private Answer update(Call call) {
    String id = call.path("rate_limit_id", text -> text);
    if (!id.equals(ID)) {
      throw Refusal.notFound("rate_limit_id", id);
    }
    RateLimitEdit edit = call.json(RateLimitEdit.class);
    return Answer.ok(
        json(Fields.renamed(NAMES, () -> limits.edit(call, scope(call), edit::applyTo))));
  }

  private static LimitScope scope(Call call) {
    return new LimitScope(call.organization(), Workspaces.id(call).value(), null);
  }

  private static Map<String, Object> json(@Nullable Limit limit) {
    Long requests = limit == null ? null : limit.getRequestsPerMinute();
    Long tokens = limit == null ? null : limit.getTokensPerMinute();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "project.rate_limit");
    json.put("id", ID);
    json.put("model", "*");
    json.put("max_requests_per_1_minute", requests == null ? NO_LIMIT : requests);
    json.put("max_tokens_per_1_minute", tokens == null ? NO_LIMIT : tokens);
    json.put("limits_requests", requests != null);
    json.put("limits_tokens", tokens != null);
    return json;
  }
}
