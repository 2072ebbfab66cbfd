package io.tollgate.governance.notify;

import io.tollgate.governance.store.Listing;
import java.net.URI;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The table of deliveries as those who send see it. A process leases what it works on; a lease that
 * is over is taken by whoever comes first. How much is leased of one channel and of one
 * organization is bounded over all processes, so that slow receivers leave room for others.
 */
final class DueRows {
  /** So that a receiver that is slow or down keeps few connections. */
  static final int MOST_PER_CHANNEL = 2;

  static final int MOST_PER_ORGANIZATION = 8;

  /** Taken for the moment of a lease, so that the bounds hold over all processes. */
  private static final long LEASE_LOCK = 0x746F6C6C6E6F7469L;

  private static final int MOST_CANDIDATES = 500;
  private static final int PURGE_BATCH = 1_000;

  /** Ended deliveries are kept for whoever wonders what was sent, and to be sent again. */
  private static final Duration KEPT = Duration.ofDays(90);

  private DueRows() {}

  /**
   * A delivery that this process has leased.
   *
   * @param until when another may take it over
   */
  @SuppressWarnings("ArrayRecordComponent") // sent, never compared
  record Leased(
      String id,
      String lease,
      Instant until,
      int number,
      int round,
      Instant giveUpAt,
      String webhookId,
      byte[] body,
      Channel channel,
      Instant leasedAt) {

    /**
     * What is sent.
     *
     * @throws IllegalStateException if a secret that signs it does not open
     */
    WebhookSender.Webhook webhook(ChannelSecrets secrets) {
      return new WebhookSender.Webhook(
          webhookId,
          URI.create(channel.url()),
          body,
          channel.secretsAt(leasedAt).stream()
              .map(kept -> secrets.open(channel.id(), kept))
              .toList());
    }
  }

  /** A delivery that is due, with whether another process had it and did not end it. */
  private record Candidate(
      String id,
      String organization,
      String webhookId,
      byte[] body,
      int attempts,
      int round,
      Instant giveUpAt,
      boolean lost,
      Channel channel) {}

  /**
   * Leases what is due.
   *
   * @param lease a name that nobody else uses
   * @param length of the lease
   * @param most how many at most
   */
  static List<Leased> lease(
      Handle handle, String lease, InstantSource clock, Duration length, int most) {
    handle.execute("SELECT pg_advisory_xact_lock(?)", LEASE_LOCK);
    // Only now: a lease must not have passed in part, or wholly, while its lock was waited for.
    Instant now = clock.instant();
    Instant until = now.plus(length);
    Map<String, Integer> perChannel = leasedBy(handle, "channel_id", now);
    Map<String, Integer> perOrganization = leasedBy(handle, "organization_id", now);
    List<Leased> leased = new ArrayList<>();
    for (Candidate due : candidates(handle, perChannel, perOrganization, now)) {
      int ofChannel = perChannel.getOrDefault(due.channel().id(), 0);
      int ofOrganization = perOrganization.getOrDefault(due.organization(), 0);
      if (leased.size() < most
          && ofChannel < MOST_PER_CHANNEL
          && ofOrganization < MOST_PER_ORGANIZATION) {
        perChannel.put(due.channel().id(), ofChannel + 1);
        perOrganization.put(due.organization(), ofOrganization + 1);
        leased.add(leased(handle, due, lease, now, until));
      }
    }
    return leased;
  }

  private static Leased leased(
      Handle handle, Candidate due, String lease, Instant now, Instant until) {
    if (due.lost()) {
      attempt(
          handle,
          due.id(),
          due.attempts(),
          Attempt.without(
              now,
              Duration.ZERO,
              Attempt.Outcome.LOST,
              "the process that made the attempt ended before it could tell"));
    }
    handle
        .createUpdate(
            "UPDATE alert_deliveries SET lease = :lease, lease_until = :until,"
                + " attempts = attempts + 1, round_attempts = round_attempts + 1 WHERE id = :id")
        .bind("id", due.id())
        .bind("lease", lease)
        .bind("until", until)
        .execute();
    return new Leased(
        due.id(),
        lease,
        until,
        due.attempts() + 1,
        due.round() + 1,
        due.giveUpAt(),
        due.webhookId(),
        due.body(),
        due.channel(),
        now);
  }

  private static Map<String, Integer> leasedBy(Handle handle, String column, Instant now) {
    Map<String, Integer> counts = new HashMap<>();
    handle
        .createQuery(
            "SELECT %s AS owner, count(*) AS number FROM alert_deliveries WHERE state = 'pending'"
                    .formatted(column)
                + " AND lease_until > :now GROUP BY 1")
        .bind("now", now)
        .map((row, context) -> Map.entry(row.getString("owner"), row.getInt("number")))
        .forEach(entry -> counts.put(entry.getKey(), entry.getValue()));
    return counts;
  }

  /** At most a few of each channel that has room, those that have been due longest first. */
  private static List<Candidate> candidates(
      Handle handle,
      Map<String, Integer> perChannel,
      Map<String, Integer> perOrganization,
      Instant now) {
    return handle
        .createQuery(
            "SELECT c.*, d.id AS delivery_id, d.webhook_id, d.body, d.attempts, d.round_attempts,"
                + " d.give_up_at, d.lease IS NOT NULL AS lost FROM alert_channels c CROSS JOIN"
                + " LATERAL (SELECT * FROM alert_deliveries WHERE channel_id = c.id"
                + " AND state = 'pending' AND next_attempt_at <= :now"
                + " AND (lease_until IS NULL OR lease_until <= :now)"
                + " ORDER BY next_attempt_at, id LIMIT :perChannel FOR UPDATE SKIP LOCKED) d"
                + " WHERE c.id IN (SELECT channel_id FROM alert_deliveries"
                + " WHERE state = 'pending' AND next_attempt_at <= :now)"
                + " AND c.enabled AND c.deleted_at IS NULL"
                + " AND c.id <> ALL (:fullChannels)"
                + " AND c.organization_id <> ALL (:fullOrganizations)"
                + " ORDER BY d.next_attempt_at, d.id LIMIT :most")
        .bind("now", now)
        .bind("perChannel", MOST_PER_CHANNEL)
        .bindArray("fullChannels", String.class, full(perChannel, MOST_PER_CHANNEL))
        .bindArray("fullOrganizations", String.class, full(perOrganization, MOST_PER_ORGANIZATION))
        .bind("most", MOST_CANDIDATES)
        .map((row, context) -> candidate(row))
        .list();
  }

  private static List<String> full(Map<String, Integer> counts, int most) {
    return counts.entrySet().stream()
        .filter(entry -> entry.getValue() >= most)
        .map(Map.Entry::getKey)
        .toList();
  }

  private static Candidate candidate(ResultSet row) throws SQLException {
    return new Candidate(
        row.getString("delivery_id"),
        row.getString("organization_id"),
        row.getString("webhook_id"),
        row.getBytes("body"),
        row.getInt("attempts"),
        row.getInt("round_attempts"),
        Listing.instant(row, "give_up_at"),
        row.getBoolean("lost"),
        ChannelRows.channel(row));
  }

  /** Undoes a lease under which nothing was sent; it is due as it was before. */
  static void giveBack(Handle handle, Leased leased) {
    handle
        .createUpdate(
            "UPDATE alert_deliveries SET lease = NULL, lease_until = NULL,"
                + " attempts = attempts - 1, round_attempts = round_attempts - 1"
                + " WHERE id = :id AND lease = :lease AND state = 'pending'")
        .bind("id", leased.id())
        .bind("lease", leased.lease())
        .execute();
  }

  /**
   * Writes down an attempt, and what it comes to if the lease is still held.
   *
   * @param next when it is tried again; empty if it is not
   */
  static void finish(
      Handle handle, Leased leased, Attempt attempt, Instant now, Optional<Instant> next) {
    attempt(handle, leased.id(), leased.number(), attempt);
    DeliveryState state =
        attempt.outcome() == Attempt.Outcome.DELIVERED
            ? DeliveryState.DELIVERED
            : next.isPresent() ? DeliveryState.PENDING : DeliveryState.FAILED;
    handle
        .createUpdate(
            "UPDATE alert_deliveries SET state = :state, lease = NULL, lease_until = NULL,"
                + " last_error = :error, next_attempt_at = COALESCE(:next, next_attempt_at),"
                + " finished_at = :finished"
                + " WHERE id = :id AND lease = :lease AND state = 'pending'")
        .bind("id", leased.id())
        .bind("lease", leased.lease())
        .bind("state", state.wireName())
        .bind("error", attempt.error())
        .bind("next", state == DeliveryState.PENDING ? next.orElse(null) : null)
        .bind("finished", state == DeliveryState.PENDING ? null : now)
        .execute();
  }

  private static void attempt(Handle handle, String delivery, int number, Attempt attempt) {
    boolean lost = attempt.outcome() == Attempt.Outcome.LOST;
    handle
        .createUpdate(
            "INSERT INTO alert_attempts (delivery_id, number, at, took_ms, outcome, status, error,"
                + " first_bytes) VALUES (:delivery, :number, :at, :took, :outcome, :status,"
                + " :error, :bytes) ON CONFLICT (delivery_id, number) DO UPDATE SET"
                + " at = :at, took_ms = :took, outcome = :outcome, status = :status,"
                + " error = :error, first_bytes = :bytes")
        .bind("delivery", delivery)
        .bind("number", number)
        .bind("at", attempt.at())
        .bind("took", lost ? null : attempt.took().toMillis())
        .bind("outcome", attempt.outcome().wireName())
        .bind("status", attempt.status())
        .bind("error", attempt.error())
        .bind("bytes", attempt.firstBytes())
        .execute();
  }

  /** What waits: how many, and since when the oldest does. */
  record Waiting(long deliveries, @Nullable Instant oldest) {}

  static Waiting waiting(Handle handle) {
    return handle
        .createQuery(
            "SELECT count(*) AS number, min(created_at) AS oldest FROM alert_deliveries"
                + " WHERE state = 'pending'")
        .map(
            (row, context) ->
                new Waiting(row.getLong("number"), Listing.optionalInstant(row, "oldest")))
        .one();
  }

  /**
   * Ends what can no longer be sent, which is what waited out its time for a disabled channel or
   * cost its processes their life too often, and forgets what ended long ago.
   */
  static void sweep(Handle handle, Instant now) {
    handle
        .createUpdate(
            "UPDATE alert_deliveries d SET state = 'failed', finished_at = :now, lease = NULL,"
                + " lease_until = NULL, last_error = COALESCE(last_error, :disabled)"
                + " FROM alert_channels c WHERE c.id = d.channel_id AND d.state = 'pending'"
                + " AND (d.lease_until IS NULL OR d.lease_until <= :now)"
                + " AND ((NOT c.enabled AND d.give_up_at <= :now) OR d.round_attempts >= :most)")
        .bind("now", now)
        .bind("disabled", "the channel was disabled until there was no more time")
        .bind("most", RetrySchedule.MOST_ATTEMPTS)
        .execute();
    handle
        .createUpdate(
            "DELETE FROM alert_deliveries WHERE id IN (SELECT id FROM alert_deliveries"
                + " WHERE state <> 'pending' AND finished_at < :before"
                + " ORDER BY finished_at LIMIT :most)")
        .bind("before", now.minus(KEPT))
        .bind("most", PURGE_BATCH)
        .execute();
  }
}
