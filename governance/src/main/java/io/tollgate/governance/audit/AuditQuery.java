package io.tollgate.governance.audit;

import io.tollgate.governance.store.AuditEntry;
import io.tollgate.governance.store.AuditRows;
import io.tollgate.http.Access;
import io.tollgate.http.Call;
import io.tollgate.http.QueryParameters;
import io.tollgate.schemas.InvalidInput;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/**
 * Which rows of one chain are wanted, and in which order.
 *
 * @param where SQL that the rows meet, with named parameters
 * @param lists parameters that are lists of text
 * @param after the sequence that the page follows in its order
 * @param before the sequence that the page precedes
 */
record AuditQuery(
    String chain,
    List<String> where,
    Map<String, List<String>> lists,
    Map<String, Instant> times,
    boolean isNewestFirst,
    Optional<Long> after,
    Optional<Long> before,
    int limit) {
  static final int MOST = 100;
  private static final int USUAL = 20;
  private static final String EFFECTIVE = "effective_at";

  /** What every list of audit rows takes. */
  static final List<String> PARAMETERS =
      List.of(
          "effective_at[gt]",
          "effective_at[gte]",
          "effective_at[lt]",
          "effective_at[lte]",
          "project_ids",
          "event_types",
          "actor_ids",
          "actor_emails",
          "resource_ids",
          "limit",
          "after",
          "before");

  /** A row, its hash in hex, and the name of the workspace it is in. */
  record Found(AuditEntry entry, String hash, @Nullable String workspaceName) {
    /** Names the row among all chains. */
    String id() {
      boolean isInstallations = entry.chain().equals(AuditEntry.INSTALLATION);
      return "audit_" + (isInstallations ? "" : entry.chain() + "_") + entry.sequence();
    }
  }

  /**
   * As the query parameters say.
   *
   * @param reach the workspaces whose rows the caller may see
   * @throws InvalidInput naming the parameter
   */
  static AuditQuery of(Call call, String chain, Access.Reach reach, boolean isNewestFirst) {
    QueryParameters query = call.query();
    List<String> where = new ArrayList<>();
    Map<String, List<String>> lists = new HashMap<>();
    Map<String, Instant> times = new HashMap<>();
    time(query, "gt", ">", where, times);
    time(query, "gte", ">=", where, times);
    time(query, "lt", "<", where, times);
    time(query, "lte", "<=", where, times);
    among(query.list("project_ids"), "projects", "workspace_id", where, lists);
    among(query.list("actor_ids"), "actors", "actor", where, lists);
    among(query.list("actor_emails"), "emails", "actor_email", where, lists);
    among(query.list("resource_ids"), "resources", "subject", where, lists);
    if (!reach.all()) {
      where.add("workspace_id = ANY(:reach)");
      lists.put("reach", reach.some().stream().map(workspace -> workspace.value()).toList());
    }
    Optional<Long> after = query.text("after").map(id -> sequence("after", id, chain));
    Optional<Long> before = query.text("before").map(id -> sequence("before", id, chain));
    InvalidInput.unless(
        after.isEmpty() || before.isEmpty(),
        "before",
        query.text("before").orElse(""),
        "must not be given beside after");
    int limit = query.wholeNumber("limit", 1, MOST).map(Math::toIntExact).orElse(USUAL);
    return new AuditQuery(chain, where, lists, times, isNewestFirst, after, before, limit);
  }

  private static void time(
      QueryParameters query,
      String name,
      String operator,
      List<String> where,
      Map<String, Instant> times) {
    query
        .wholeNumber(EFFECTIVE + "[" + name + "]", 0, 253_402_300_799L)
        .ifPresent(
            seconds -> {
              where.add("date_trunc('second', at) " + operator + " :" + name);
              times.put(name, Instant.ofEpochSecond(seconds));
            });
  }

  private static void among(
      List<String> wanted,
      String name,
      String column,
      List<String> where,
      Map<String, List<String>> lists) {
    if (!wanted.isEmpty()) {
      where.add(column + " = ANY(:" + name + ")");
      lists.put(name, wanted);
    }
  }

  private static long sequence(String field, String id, String chain) {
    String prefix = "audit_" + (chain.equals(AuditEntry.INSTALLATION) ? "" : chain + "_");
    String rest = id.startsWith(prefix) ? id.substring(prefix.length()) : "";
    InvalidInput.unless(rest.matches("[1-9][0-9]{0,17}"), field, id, "must be an id of this list");
    return Long.parseLong(rest);
  }

  /** Only rows of these types. */
  AuditQuery ofTypes(Collection<String> types) {
    return with("types", "type", types);
  }

  /** Only rows with one of these outcomes. */
  AuditQuery withOutcome(String outcome) {
    return with("outcomes", "outcome", List.of(outcome));
  }

  private AuditQuery with(String name, String column, Collection<String> values) {
    List<String> narrower = new ArrayList<>(where);
    narrower.add(column + " = ANY(:" + name + ")");
    Map<String, List<String>> more = new HashMap<>(lists);
    more.put(name, List.copyOf(values));
    return new AuditQuery(chain, narrower, more, times, isNewestFirst, after, before, limit);
  }

  /** The page that follows a row. */
  AuditQuery following(long sequence, int most) {
    return new AuditQuery(
        chain, where, lists, times, isNewestFirst, Optional.of(sequence), Optional.empty(), most);
  }

  /** The rows of the page and one more, in the order of the list. */
  List<Found> read(Handle handle) {
    List<String> conditions = new ArrayList<>(where);
    conditions.add("chain = :chain");
    // A page before a row is read backwards from it.
    boolean isDescending = isNewestFirst == before.isEmpty();
    after
        .or(() -> before)
        .ifPresent(from -> conditions.add("sequence " + (isDescending ? "<" : ">") + " :from"));
    Query query =
        handle
            .createQuery(
                "SELECT audit.*, (SELECT name FROM workspaces WHERE id = audit.workspace_id) AS"
                    + " workspace_name FROM audit WHERE "
                    + String.join(" AND ", conditions)
                    + " ORDER BY sequence "
                    + (isDescending ? "DESC" : "ASC")
                    + " LIMIT :most")
            .bind("chain", chain)
            .bind("most", limit + 1);
    after.or(() -> before).ifPresent(from -> query.bind("from", from));
    times.forEach(query::bind);
    lists.forEach((name, values) -> query.bindArray(name, String.class, values));
    List<Found> found =
        new ArrayList<>(
            query
                .map(
                    (row, context) ->
                        new Found(
                            AuditRows.entry(row),
                            HexFormat.of().formatHex(row.getBytes("hash")),
                            row.getString("workspace_name")))
                .list());
    if (before.isPresent()) {
      Collections.reverse(found);
    }
    return found;
  }
}
