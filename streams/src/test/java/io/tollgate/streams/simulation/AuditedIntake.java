package io.tollgate.streams.simulation;

import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.Backfill;
import io.tollgate.schemas.avro.Correction;
import io.tollgate.schemas.avro.CorrectionKind;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.UsageEvent;
import io.tollgate.schemas.avro.Workspace;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/** The auditor's own judgement of a record of usage.events, by what was published at a time. */
final class AuditedIntake {
  private static final Duration MOST_LATE = Duration.ofDays(34);
  private static final Duration MOST_AHEAD = Duration.ofMinutes(10);
  private static final Duration LONGEST_DETOUR = Duration.ofDays(7);
  private static final int MOST_TEXT = 256;
  private static final long MOST_UNITS = 1_000_000_000_000L;
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final Set<String> TIERS = Set.of("standard", "batch", "flex", "priority");
  private static final Set<String> METERS =
      Set.copyOf(
          Arrays.asList(
              ("input cache_read cache_write_5m cache_write_1h output reasoning input_audio"
                      + " cache_read_audio output_audio input_image cache_read_image output_image"
                      + " input_video output_video web_search image second request")
                  .split(" ")));

  private final AuditedTables tables;
  private final int partitions;

  AuditedIntake(AuditedTables tables, int partitions) {
    this.tables = tables;
    this.partitions = partitions;
  }

  /** What becomes of a record at its validation. */
  enum Fate {
    ADMITTED,
    WAITS,
    REROUTED,
    REJECTED
  }

  /**
   * A judgement.
   *
   * @param reason why it is rejected, by its wire name; empty otherwise
   */
  record Finding(Fate fate, String reason) {
    private static Finding rejected(String reason) {
      return new Finding(Fate.REJECTED, reason);
    }
  }

  /** Judges a record; the event is null where the bytes are none. */
  Finding judge(SimulatedBroker.Entry entry, @Nullable UsageEvent event, TablePositions at) {
    if (event == null) {
      return Finding.rejected("malformed");
    }
    if (!isValid(event)) {
      return Finding.rejected("invalid");
    }
    if (home(event) != entry.partition()) {
      return entry.headers().lastHeader("tollgate-rerouted") != null
          ? Finding.rejected("misplaced")
          : new Finding(Fate.REROUTED, "");
    }
    Instant accepted = acceptedAt(entry);
    Instant eventTime = event.getEventTime();
    if (eventTime.isAfter(accepted.plus(MOST_AHEAD))) {
      return Finding.rejected("future");
    }
    boolean backfilled = false;
    if (event.getBackfillId() != null) {
      Backfill backfill = tables.backfill(event.getBackfillId(), at);
      if (backfill == null) {
        return new Finding(Fate.WAITS, "");
      }
      backfilled =
          accepted.isBefore(backfill.getClosesAt())
              && event.getSource().equals(backfill.getSource())
              && !eventTime.isBefore(backfill.getFrom())
              && eventTime.isBefore(backfill.getTo());
    }
    if (!backfilled && eventTime.isBefore(accepted.minus(MOST_LATE))) {
      return Finding.rejected("late");
    }
    return judgeTenant(event, at, backfilled);
  }

  private Finding judgeTenant(UsageEvent event, TablePositions at, boolean backfilled) {
    Organization organization = tables.organization(event.getOrganizationId(), at);
    if (organization == null) {
      return new Finding(Fate.WAITS, "");
    }
    Workspace workspace = tables.workspace(event.getWorkspaceId(), at);
    if (workspace == null) {
      return new Finding(Fate.WAITS, "");
    }
    if (!workspace.getOrganizationId().equals(event.getOrganizationId())) {
      return Finding.rejected("foreign_tenant");
    }
    ApiKey key = tables.apiKey(event.getApiKeyId(), at);
    if (key == null) {
      return new Finding(Fate.WAITS, "");
    }
    if (!key.getWorkspaceId().equals(event.getWorkspaceId())) {
      return Finding.rejected("foreign_tenant");
    }
    Instant until = key.getValidUntil();
    if (until != null && !event.getEventTime().isBefore(until)) {
      return Finding.rejected("expired");
    }
    boolean notBegun = event.getEventTime().isBefore(key.getValidFrom().minus(MOST_AHEAD));
    return notBegun && !backfilled ? Finding.rejected("expired") : new Finding(Fate.ADMITTED, "");
  }

  /** When a record was first accepted: as its headers say, a week before at most. */
  static Instant acceptedAt(SimulatedBroker.Entry entry) {
    Instant appended = Instant.ofEpochMilli(entry.appendedAt());
    Header header = entry.headers().lastHeader("tollgate-accepted-at");
    if (header == null || header.value().length != Long.BYTES) {
      return appended;
    }
    Instant claimed = Instant.ofEpochMilli(ByteBuffer.wrap(header.value()).getLong());
    if (claimed.isAfter(appended)) {
      return appended;
    }
    long earliest = entry.appendedAt() - LONGEST_DETOUR.toMillis();
    return claimed.toEpochMilli() < earliest ? Instant.ofEpochMilli(earliest) : claimed;
  }

  /** The partition an event belongs on, by the published function. */
  int home(UsageEvent event) {
    String text = event.getOrganizationId() + '\u001f' + event.getSource() + '\u001f';
    // A correction is where its original is.
    String id =
        event.getCorrection() == null ? event.getId() : event.getCorrection().getOriginalId();
    byte[] bytes = (text + id).getBytes(StandardCharsets.UTF_8);
    return (Utils.murmur2(bytes) & Integer.MAX_VALUE) % partitions;
  }

  private static boolean isValid(UsageEvent event) {
    for (String id :
        new String[] {event.getOrganizationId(), event.getWorkspaceId(), event.getApiKeyId()}) {
      if (!ID.matcher(id).matches()) {
        return false;
      }
    }
    for (Map.Entry<String, Long> unit : event.getUnits().entrySet()) {
      if (!METERS.contains(unit.getKey()) || unit.getValue() < 0 || unit.getValue() > MOST_UNITS) {
        return false;
      }
    }
    Correction correction = event.getCorrection();
    if (correction != null
        && correction.getKind() == CorrectionKind.VOID
        && !event.getUnits().isEmpty()) {
      return false;
    }
    return TIERS.contains(event.getServiceTier())
        && isShort(event.getUser())
        && isShort(event.getFeature());
  }

  private static boolean isShort(@Nullable String text) {
    return text == null || text.getBytes(StandardCharsets.UTF_8).length <= MOST_TEXT;
  }
}
