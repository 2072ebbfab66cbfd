package io.tollgate.governance.audit;

import com.fasterxml.jackson.databind.util.RawValue;
import io.tollgate.governance.store.AuditEntry;
import io.tollgate.governance.store.Database;
import io.tollgate.http.Access;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Routes;
import io.tollgate.http.StrictJson;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Permission;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the audit: in the imitated API's shape and event types, and in our own with everything. A
 * caller who may in some workspaces only sees the rows of these.
 */
public final class AuditRoutes {
  private static final String JSON_LINES = "application/x-ndjson";

  /** Rows that an export has in memory at once. */
  private static final int EXPORT_PAGE = 500;

  private final Database database;

  public AuditRoutes(Database database) {
    this.database = database;
  }

  public void routes(Routes routes) {
    Guard readers = Guard.permission(Permission.AUDIT_READ).somewhereAtLeast();
    String[] own =
        Stream.concat(AuditQuery.PARAMETERS.stream(), Stream.of("outcome", "order", "format"))
            .toArray(String[]::new);
    routes
        .get(
            "/v1/organization/audit_logs",
            readers,
            this::imitated,
            AuditQuery.PARAMETERS.toArray(String[]::new))
        .get("/v1/organization/audit_events", readers, this::ofOrganization, own)
        .get("/v1/platform/audit_events", Guard.operator(), this::ofInstallation, own);
  }

  private Answer imitated(Call call) {
    AuditQuery query =
        AuditQuery.of(
                call,
                call.organization().value(),
                call.access().workspaces(Permission.AUDIT_READ),
                true)
            .ofTypes(ImitatedLog.types(call.query().list("event_types")));
    return list(query, ImitatedLog::json);
  }

  private Answer ofOrganization(Call call) {
    return events(
        call, call.organization().value(), call.access().workspaces(Permission.AUDIT_READ));
  }

  private Answer ofInstallation(Call call) {
    return events(call, AuditEntry.INSTALLATION, new Access.Reach(true, Set.of()));
  }

  private Answer events(Call call, String chain, Access.Reach reach) {
    boolean isExport = isExport(call);
    String order = oneOf(call, "order", "asc", "desc").orElse(isExport ? "asc" : "desc");
    AuditQuery query = AuditQuery.of(call, chain, reach, order.equals("desc"));
    List<String> types = call.query().list("event_types");
    if (!types.isEmpty()) {
      query = query.ofTypes(types);
    }
    Optional<String> outcome = oneOf(call, "outcome", "done", "refused");
    if (outcome.isPresent()) {
      query = query.withOutcome(outcome.get());
    }
    return isExport ? export(call, query) : list(query, AuditRoutes::json);
  }

  private static boolean isExport(Call call) {
    return oneOf(call, "format", "json", "jsonl")
        .map(format -> format.equals("jsonl"))
        .orElse(call.header("Accept").filter(accept -> accept.contains(JSON_LINES)).isPresent());
  }

  private static Optional<String> oneOf(Call call, String name, String one, String other) {
    Optional<String> given = call.query().text(name);
    given.ifPresent(
        text ->
            InvalidInput.unless(
                text.equals(one) || text.equals(other),
                name,
                text,
                "must be " + one + " or " + other));
    return given;
  }

  private Answer list(AuditQuery query, Function<AuditQuery.Found, Map<String, Object>> json) {
    List<AuditQuery.Found> found = database.read(query::read);
    List<AuditQuery.Found> page = page(found, query);
    Map<String, Object> envelope = new LinkedHashMap<>();
    envelope.put("object", "list");
    envelope.put("data", page.stream().map(json).toList());
    envelope.put("first_id", page.isEmpty() ? null : page.getFirst().id());
    envelope.put("last_id", page.isEmpty() ? null : page.getLast().id());
    envelope.put("has_more", found.size() > query.limit());
    return Answer.ok(envelope);
  }

  /** Without the one more; before a row, that is the one farthest from it. */
  private static List<AuditQuery.Found> page(List<AuditQuery.Found> found, AuditQuery query) {
    if (found.size() <= query.limit()) {
      return found;
    }
    return query.before().isPresent()
        ? found.subList(1, found.size())
        : found.subList(0, query.limit());
  }

  /** One row per line, page by page; as many as {@code limit} says, or all. */
  private Answer export(Call call, AuditQuery query) {
    InvalidInput.unless(
        query.before().isEmpty(),
        "before",
        call.query().text("before").orElse(""),
        "is for pages; an export goes on after a row");
    long most = call.query().text("limit").isPresent() ? query.limit() : Long.MAX_VALUE;
    return Answer.streamed(JSON_LINES, out -> write(out, query, most));
  }

  private void write(OutputStream out, AuditQuery query, long most) throws IOException {
    long left = most;
    Optional<Long> last = query.after();
    while (left > 0) {
      int wanted = (int) Math.min(left, EXPORT_PAGE);
      AuditQuery next =
          last.isPresent()
              ? query.following(last.get(), wanted)
              : query.following(query.isNewestFirst() ? Long.MAX_VALUE : 0, wanted);
      List<AuditQuery.Found> found = database.read(next::read);
      for (AuditQuery.Found row : page(found, next)) {
        out.write(StrictJson.write(json(row)));
        out.write('\n');
        last = Optional.of(row.entry().sequence());
      }
      left = found.size() > wanted ? left - wanted : 0;
    }
  }

  private static Map<String, Object> json(AuditQuery.Found found) {
    AuditEntry entry = found.entry();
    Map<String, Object> actor = new LinkedHashMap<>();
    actor.put("kind", entry.actor().kind());
    actor.put("id", entry.actor().id());
    actor.put("email", entry.actor().email());
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "organization.audit_event");
    json.put("id", found.id());
    json.put("sequence", entry.sequence());
    json.put("type", entry.type());
    json.put("effective_at", entry.at().getEpochSecond());
    json.put("at", entry.at().toString());
    json.put("outcome", entry.outcome().wireName());
    json.put("attempts", entry.attempts());
    json.put("actor", actor);
    json.put("address", entry.address());
    json.put("route", entry.route());
    json.put("subject", Map.of("kind", entry.subjectKind(), "id", entry.subject()));
    json.put("project_id", entry.workspace());
    json.put("before", raw(entry.before()));
    json.put("after", raw(entry.after()));
    json.put("hash", found.hash());
    return json;
  }

  /** Byte for byte as it was hashed. */
  private static @Nullable RawValue raw(@Nullable String json) {
    return json == null ? null : new RawValue(json);
  }
}
