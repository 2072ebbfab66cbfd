package io.tollgate.governance.notify;

import io.tollgate.governance.store.Listing;
import io.tollgate.http.Refusal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The table of deliveries and that of their attempts, as the API sees them. */
final class DeliveryRows {
  static final String TABLE = "alert_deliveries";

  /**
   * Deliveries of a channel that may wait; those beyond fail at once and can be sent again, so that
   * none is lost and a receiver that is back is not met by more.
   */
  static final int MOST_WAITING = 5_000;

  /** Attempts that are kept and shown per delivery. */
  static final int MOST_ATTEMPTS_KEPT = 50;

  private DeliveryRows() {}

  /**
   * Adds a delivery that is due now.
   *
   * @return 1, or 0 if the channel has or had one with this webhook id
   */
  static int insert(
      Handle handle,
      String id,
      Channel channel,
      AlertWebhook webhook,
      Instant now,
      Instant giveUpAt) {
    return handle
        .createUpdate(
            "WITH waiting AS (SELECT count(*) AS number FROM (SELECT 1 FROM alert_deliveries"
                + " WHERE channel_id = :channel AND state = 'pending' LIMIT :most) AS found)"
                + " INSERT INTO alert_deliveries (id, channel_id, organization_id, webhook_id,"
                + " type, alert_id, body, state, created_at, next_attempt_at, give_up_at,"
                + " attempts, round_attempts, last_error, finished_at)"
                + " SELECT :id, :channel, :organization, :webhook, :type, :alert, :body,"
                + " CASE WHEN number < :most THEN 'pending' ELSE 'failed' END, :now, :now,"
                + " :giveUp, 0, 0, CASE WHEN number < :most THEN NULL ELSE :full END,"
                + " CASE WHEN number < :most THEN NULL ELSE CAST(:now AS timestamptz) END"
                + " FROM waiting ON CONFLICT (channel_id, webhook_id) DO NOTHING")
        .bind("id", id)
        .bind("channel", channel.id())
        .bind("organization", channel.organizationId().value())
        .bind("webhook", webhook.id())
        .bind("type", webhook.type())
        .bind("alert", webhook.alertId())
        .bind("body", webhook.body())
        .bind("now", now)
        .bind("giveUp", giveUpAt)
        .bind("most", MOST_WAITING)
        .bind("full", MOST_WAITING + " deliveries of this channel were waiting already")
        .execute();
  }

  /**
   * The delivery.
   *
   * @param lock empty, or the lock that the row is read under
   * @throws Refusal 404 if the channel has none of this id
   */
  static Delivery require(Handle handle, String channel, String id, String lock) {
    return handle
        .createQuery(
            "SELECT * FROM alert_deliveries WHERE id = :id AND channel_id = :channel " + lock)
        .bind("id", id)
        .bind("channel", channel)
        .map((row, context) -> delivery(row))
        .findOne()
        .orElseThrow(() -> Refusal.notFound("delivery_id", id));
  }

  /** Makes a delivery that has ended due again, as if it were new. */
  static void resend(Handle handle, String id, Instant now, Instant giveUpAt) {
    handle
        .createUpdate(
            "UPDATE alert_deliveries SET state = 'pending', next_attempt_at = :now,"
                + " give_up_at = :giveUp, round_attempts = 0, finished_at = NULL WHERE id = :id")
        .bind("id", id)
        .bind("now", now)
        .bind("giveUp", giveUpAt)
        .execute();
  }

  /** Ends what still waits for a channel that is deleted. */
  static void cancel(Handle handle, String channel, Instant now) {
    handle
        .createUpdate(
            "UPDATE alert_deliveries SET state = 'cancelled', finished_at = :now, lease = NULL,"
                + " lease_until = NULL WHERE channel_id = :channel AND state = 'pending'")
        .bind("channel", channel)
        .bind("now", now)
        .execute();
  }

  /** How many tests of a channel have not ended. */
  static int waiting(Handle handle, String channel, String type) {
    return handle
        .createQuery(
            "SELECT count(*) FROM alert_deliveries"
                + " WHERE channel_id = :channel AND state = 'pending' AND type = :type")
        .bind("channel", channel)
        .bind("type", type)
        .mapTo(Integer.class)
        .one();
  }

  static Delivery delivery(ResultSet row) throws SQLException {
    return new Delivery(
        row.getString("id"),
        row.getString("channel_id"),
        row.getString("webhook_id"),
        row.getString("type"),
        row.getString("alert_id"),
        row.getBytes("body"),
        DeliveryState.of(row.getString("state")),
        Listing.instant(row, "created_at"),
        Listing.instant(row, "next_attempt_at"),
        row.getInt("attempts"),
        row.getString("last_error"),
        Listing.optionalInstant(row, "finished_at"));
  }

  /** The newest attempts as answers show them, in order. */
  static List<Map<String, Object>> attempts(Handle handle, String delivery) {
    return handle
        .createQuery(
            "SELECT * FROM (SELECT * FROM alert_attempts WHERE delivery_id = :delivery"
                + " ORDER BY number DESC LIMIT :most) AS newest ORDER BY number")
        .bind("delivery", delivery)
        .bind("most", MOST_ATTEMPTS_KEPT)
        .map((row, context) -> attempt(row))
        .list();
  }

  private static Map<String, Object> attempt(ResultSet row) throws SQLException {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("number", row.getInt("number"));
    json.put("at", Listing.instant(row, "at").getEpochSecond());
    json.put("duration_ms", row.getObject("took_ms", Long.class));
    json.put("outcome", row.getString("outcome"));
    json.put("status", row.getObject("status", Integer.class));
    json.put("error", row.getString("error"));
    json.put("response", row.getString("first_bytes"));
    return nullsKept(json);
  }

  /** An answer says of what is not there that it is null. */
  @SuppressWarnings("unchecked")
  static Map<String, Object> nullsKept(Map<String, @Nullable Object> json) {
    return (Map<String, Object>) (Map<String, ?>) json;
  }
}
