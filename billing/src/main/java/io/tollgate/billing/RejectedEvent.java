package io.tollgate.billing;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tollgate.http.Access;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.RejectedEventId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A rejected event as it is shown. Times are unix seconds.
 *
 * @param rule what was broken, in a sentence; {@code field} and {@code value} say where
 * @param eventId the client's; null, as {@code source}, where the record could not be read
 * @param receivedAt when it came to the log
 * @param acceptedAt when it was first accepted, by which its lateness is judged: earlier than
 *     {@code receivedAt} for a replay
 * @param bodyDigest of a conflict, and {@code originalDigest} of the body that was there before
 * @param bytes of the record as it came, in base64; only where one event is asked for
 */
record RejectedEvent(
    String object,
    String id,
    String reason,
    @Nullable String field,
    @Nullable String value,
    String rule,
    @Nullable String source,
    @Nullable String eventId,
    @Nullable Long eventTime,
    @Nullable String projectId,
    @Nullable String apiKeyId,
    @Nullable String bodyDigest,
    @Nullable String originalDigest,
    long receivedAt,
    long acceptedAt,
    long rejectedAt,
    Place position,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String bytes) {

  /** Where the record is in usage.events. */
  record Place(int generation, int partition, long offset) {}

  /** The envelope of a list. */
  record Page(
      String object,
      List<RejectedEvent> data,
      @Nullable String firstId,
      @Nullable String lastId,
      boolean hasMore) {
    /**
     * @param found at most one more than the limit
     */
    static Page of(List<RejectedEvent> found, int limit) {
      List<RejectedEvent> data = found.subList(0, Math.min(limit, found.size()));
      return new Page(
          "list",
          data,
          data.isEmpty() ? null : data.getFirst().id(),
          data.isEmpty() ? null : data.getLast().id(),
          found.size() > limit);
    }
  }

  /** Whether it says that it is of a workspace among these. */
  boolean isIn(Access.Reach reach) {
    return reach.all()
        || reach.some().stream().anyMatch(workspace -> workspace.value().equals(projectId));
  }

  /** One with its bytes, if it is this organization's. */
  static SqlStatement one(OrganizationId organization, RejectedEventId id) {
    return select("base64Encode(bytes)", organization)
        .add(
            "  AND generation = ? AND rejected_partition = ? AND rejected_offset = ?\n",
            id.generation(),
            id.partition(),
            id.offset())
        .add("LIMIT 1")
        .build();
  }

  static SqlStatement.Builder select(String bytes, OrganizationId organization) {
    return new SqlStatement.Builder()
        .add(
            "SELECT generation, rejected_partition, rejected_offset, reason, field, value, rule,"
                + " source, event_id, toUnixTimestamp64Micro(event_time) AS event_micros,"
                + " workspace_id, api_key_id, body_digest, original_digest,"
                + " toUnixTimestamp64Milli(appended_at) AS appended_millis,"
                + " toUnixTimestamp64Milli(accepted_at) AS accepted_millis,"
                + " toUnixTimestamp64Milli(usage_rejected.rejected_at) AS rejected_millis,"
                + " source_partition, source_offset, ")
        .add(bytes + " AS shown\n")
        .add("FROM usage_rejected\n")
        .add("WHERE organization_id = ?\n", organization.value());
  }

  static RejectedEvent read(ResultSet row) throws SQLException {
    int generation = row.getInt("generation");
    long micros = row.getLong("event_micros");
    boolean timed = !row.wasNull();
    String shown = row.getString("shown");
    return new RejectedEvent(
        "rejected_event",
        new RejectedEventId(
                generation, row.getInt("rejected_partition"), row.getLong("rejected_offset"))
            .toString(),
        row.getString("reason"),
        row.getString("field"),
        row.getString("value"),
        row.getString("rule"),
        row.getString("source"),
        row.getString("event_id"),
        timed ? Micros.instant(micros).getEpochSecond() : null,
        row.getString("workspace_id"),
        row.getString("api_key_id"),
        row.getString("body_digest"),
        row.getString("original_digest"),
        Math.floorDiv(row.getLong("appended_millis"), 1_000L),
        Math.floorDiv(row.getLong("accepted_millis"), 1_000L),
        Math.floorDiv(row.getLong("rejected_millis"), 1_000L),
        new Place(generation, row.getInt("source_partition"), row.getLong("source_offset")),
        Optional.of(shown).filter(text -> !text.isEmpty()).orElse(null));
  }
}
