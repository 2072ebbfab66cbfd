package io.tollgate.streams;

import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.MalformedRecord;
import io.tollgate.schemas.RejectReason;
import io.tollgate.schemas.UsageEventReader;
import io.tollgate.schemas.UsageEventReader.ReadEvent;
import io.tollgate.schemas.UsageEventRules;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.Violation;
import io.tollgate.schemas.avro.Backfill;
import io.tollgate.schemas.avro.Pause;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.UsageEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Judges one record of usage.events: is it an event, does it keep the rules, is it here at the
 * right place and time, and whose is it? Nothing is remembered here; the answer depends on the
 * record and the tables alone. Not thread-safe: each task has its own.
 *
 * <p>Lateness is judged against the append time at first acceptance, that of a correction by its
 * own event time: how long its original can be corrected is how long it is remembered. An open
 * backfill admits an event of its source dated in its range in spite of its age, and in spite of
 * the start of its key's validity.
 */
final class EventValidation {
  /** How far clocks may differ where the start of a validity is judged. */
  static final Duration START_TOLERANCE = Duration.ofMinutes(10);

  private final UsageEventReader reader;
  private final GlobalTables tables;
  private final int partitions;

  EventValidation(UsageEventReader reader, GlobalTables tables, int partitions) {
    this.reader = reader;
    this.tables = tables;
    this.partitions = partitions;
  }

  /**
   * Judges a record.
   *
   * @throws io.tollgate.schemas.RegistryUnavailable if its schema could not be fetched: not the
   *     record's fault
   */
  Verdict judge(SourceRecord source) {
    ReadEvent read;
    try {
      read = reader.read(source.value());
    } catch (MalformedRecord e) {
      return new Verdict.Reject(Rejection.malformed(String.valueOf(e.getMessage())));
    }
    UsageEvent event = read.event();
    BodyDigest digest = read.digest();
    if (source.value().length > UsageEventRules.MOST_BYTES) {
      return reject(
          RejectReason.INVALID,
          "event",
          source.value().length + " bytes",
          "must be at most 64 KiB encoded",
          event,
          digest);
    }
    List<Violation> violations = UsageEventRules.check(event);
    if (!violations.isEmpty()) {
      Violation first = violations.getFirst();
      return reject(
          RejectReason.INVALID, first.field(), first.value(), first.rule(), event, digest);
    }
    int home = UsagePartitions.of(read.partitionHash(), partitions);
    Position position = source.position();
    if (home != position.getPartition()) {
      return source.rerouted()
          ? reject(
              RejectReason.MISPLACED,
              "partition",
              Integer.toString(position.getPartition()),
              "must be " + home + ", also after it was re-routed",
              event,
              digest)
          : new Verdict.Reroute(home);
    }
    return judgeTimeAndTenant(read, source);
  }

  /** Changes when the answer for an event that waits may have changed. */
  long tablesVersion() {
    return tables.version();
  }

  private Verdict judgeTimeAndTenant(ReadEvent read, SourceRecord source) {
    UsageEvent event = read.event();
    BodyDigest digest = read.digest();
    Instant acceptedAt = source.position().getAcceptedAt();
    Instant eventTime = event.getEventTime();
    if (eventTime.isAfter(acceptedAt.plus(UsageEventRules.MOST_AHEAD))) {
      return reject(
          RejectReason.FUTURE,
          "event_time",
          eventTime.toString(),
          "must be at most 10 minutes after the append time " + acceptedAt,
          event,
          digest);
    }
    String refusal = null;
    String backfillId = event.getBackfillId();
    if (backfillId != null) {
      Backfill backfill = tables.backfill(backfillId);
      if (backfill == null) {
        return new Verdict.Wait(event, "backfill_id", backfillId);
      }
      refusal = refusal(backfill, event, acceptedAt);
    }
    boolean admittedByBackfill = backfillId != null && refusal == null;
    if (!admittedByBackfill && eventTime.isBefore(acceptedAt.minus(UsageEventRules.MOST_LATE))) {
      return reject(
          RejectReason.LATE,
          "event_time",
          eventTime.toString(),
          "must be at most 34 days before the append time "
              + acceptedAt
              + (refusal == null ? "" : "; " + refusal),
          event,
          digest);
    }
    Tenancy tenancy =
        tables.tenancy(event.getOrganizationId(), event.getWorkspaceId(), event.getApiKeyId());
    return switch (tenancy) {
      case Tenancy.Unknown unknown -> new Verdict.Wait(event, unknown.field(), unknown.value());
      case Tenancy.Foreign foreign ->
          reject(
              RejectReason.FOREIGN_TENANT,
              foreign.field(),
              foreign.value(),
              foreign.rule(),
              event,
              digest);
      case Tenant tenant -> judgeValidity(read, tenant, source, admittedByBackfill);
    };
  }

  /** Why a backfill does not admit an event; null if it does. */
  private static @Nullable String refusal(Backfill backfill, UsageEvent event, Instant acceptedAt) {
    if (!acceptedAt.isBefore(backfill.getClosesAt())) {
      return "backfill %s closed at %s".formatted(backfill.getBackfillId(), backfill.getClosesAt());
    }
    if (!event.getSource().equals(backfill.getSource())) {
      return "backfill %s admits source %s"
          .formatted(backfill.getBackfillId(), backfill.getSource());
    }
    if (event.getEventTime().isBefore(backfill.getFrom())
        || !event.getEventTime().isBefore(backfill.getTo())) {
      return "backfill %s admits events from %s to %s"
          .formatted(backfill.getBackfillId(), backfill.getFrom(), backfill.getTo());
    }
    return null;
  }

  private static Verdict judgeValidity(
      ReadEvent read, Tenant tenant, SourceRecord source, boolean admittedByBackfill) {
    UsageEvent event = read.event();
    Instant eventTime = event.getEventTime();
    Instant validUntil = tenant.validUntil();
    boolean ended = validUntil != null && !eventTime.isBefore(validUntil);
    boolean notBegun =
        !admittedByBackfill && eventTime.isBefore(tenant.validFrom().minus(START_TOLERANCE));
    if (ended || notBegun) {
      return reject(
          RejectReason.EXPIRED,
          "event_time",
          eventTime.toString(),
          "organization, workspace and key must be valid at event time: "
              + (ended ? "they ended at " + validUntil : "they began at " + tenant.validFrom()),
          event,
          read.digest());
    }
    Pause pause = tenant.pauseAt(eventTime);
    if (pause != null) {
      return reject(
          RejectReason.EXPIRED,
          "event_time",
          eventTime.toString(),
          "organization and workspace must be valid at event time: archived from "
              + pause.getFrom()
              + " to "
              + pause.getUntil(),
          event,
          read.digest());
    }
    return new Verdict.Admit(
        new AdmittedEvent(event, read.fingerprint(), read.digest(), tenant, source, null));
  }

  private static Verdict reject(
      RejectReason reason,
      String field,
      String value,
      String rule,
      UsageEvent event,
      BodyDigest digest) {
    return new Verdict.Reject(Rejection.of(reason, field, value, rule, event, digest));
  }
}
