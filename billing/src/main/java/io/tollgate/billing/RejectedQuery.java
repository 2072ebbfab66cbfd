package io.tollgate.billing;

import io.tollgate.http.Access;
import io.tollgate.http.QueryParameters;
import io.tollgate.http.Refusal;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.RejectReason;
import io.tollgate.schemas.RejectedEventId;
import io.tollgate.schemas.WorkspaceId;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A question for an organization's rejected events, the newest rejection first.
 *
 * @param workspaces those that count; empty for all, and for what names none
 * @param from of the rejection, inclusive, whole seconds
 * @param to of the rejection, exclusive, whole seconds
 * @param after the event that the page before ended with
 * @param limit events on this page
 */
record RejectedQuery(
    OrganizationId organization,
    List<String> workspaces,
    Optional<RejectReason> reason,
    Optional<Instant> from,
    Optional<Instant> to,
    Optional<RejectedEventId> after,
    int limit) {
  static final String[] PARAMETERS = {
    "project_id", "reason", "start_time", "end_time", "limit", "after"
  };
  private static final long LATEST = Instant.parse("2262-01-01T00:00:00Z").getEpochSecond();
  private static final int MOST = 100;
  private static final int USUAL = 20;

  RejectedQuery {
    workspaces = List.copyOf(workspaces);
    if (from.isPresent() && to.isPresent()) {
      InvalidInput.unless(
          from.get().isBefore(to.get()),
          "end_time",
          to.get().getEpochSecond(),
          "must be after start_time " + from.get().getEpochSecond());
    }
  }

  /**
   * From the parameters of the route, for what the caller may see.
   *
   * @throws Refusal 404 if it names a workspace that is not among that
   */
  static RejectedQuery of(
      OrganizationId organization, QueryParameters parameters, Access.Reach reach) {
    return new RejectedQuery(
        organization,
        workspaces(parameters.text("project_id"), reach),
        parameters.text("reason").map(RejectedQuery::reason),
        seconds(parameters, "start_time"),
        seconds(parameters, "end_time"),
        parameters.text("after").map(id -> RejectedEventId.parse("after", id)),
        parameters.wholeNumber("limit", 1, MOST).map(Math::toIntExact).orElse(USUAL));
  }

  private static List<String> workspaces(Optional<String> asked, Access.Reach reach) {
    if (asked.isEmpty()) {
      return reach.all()
          ? List.of()
          : reach.some().stream().map(WorkspaceId::value).sorted().toList();
    }
    WorkspaceId workspace = new WorkspaceId(asked.get());
    if (!reach.covers(workspace)) {
      throw Refusal.notFound("project_id", asked.get());
    }
    return List.of(asked.get());
  }

  private static RejectReason reason(String name) {
    return Arrays.stream(RejectReason.values())
        .filter(reason -> reason.wireName().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidInput(
                    "reason",
                    name,
                    "must be one of "
                        + String.join(
                            ", ",
                            Arrays.stream(RejectReason.values())
                                .map(RejectReason::wireName)
                                .toList())));
  }

  private static Optional<Instant> seconds(QueryParameters parameters, String name) {
    return parameters.wholeNumber(name, 0, LATEST).map(Instant::ofEpochSecond);
  }

  /** Finds the event to go on after, if one was named. */
  Optional<SqlStatement> start() {
    return after.map(
        id ->
            new SqlStatement(
                "SELECT 1 FROM usage_rejected WHERE organization_id = ? AND generation = ?"
                    + " AND rejected_partition = ? AND rejected_offset = ? LIMIT 1",
                List.of(organization.value(), id.generation(), id.partition(), id.offset())));
  }

  /** The events of this page and one more. */
  SqlStatement page() {
    SqlStatement.Builder sql = RejectedEvent.select("''", organization);
    sql.andIn("workspace_id", workspaces);
    sql.andIn("reason", reason.map(RejectReason::wireName).stream().toList());
    from.ifPresent(
        first ->
            sql.add(
                "  AND rejected_at >= fromUnixTimestamp64Milli(toInt64(?), 'UTC')\n",
                first.toEpochMilli()));
    to.ifPresent(
        last ->
            sql.add(
                "  AND rejected_at < fromUnixTimestamp64Milli(toInt64(?), 'UTC')\n",
                last.toEpochMilli()));
    after.ifPresent(
        id ->
            sql.add(
                "  AND (rejected_at, rejected_partition, rejected_offset) < (SELECT rejected_at,"
                    + " rejected_partition, rejected_offset FROM usage_rejected WHERE"
                    + " organization_id = ? AND generation = ? AND rejected_partition = ? AND"
                    + " rejected_offset = ?)\n",
                organization.value(),
                id.generation(),
                id.partition(),
                id.offset()));
    return sql.add("ORDER BY rejected_at DESC, rejected_partition DESC, rejected_offset DESC\n")
        .add("LIMIT " + (limit + 1))
        .build();
  }
}
