package io.tollgate.ingest;

import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.BackfillId;
import io.tollgate.schemas.CorrectedBody;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.ServiceTier;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Correction;
import io.tollgate.schemas.avro.CorrectionKind;
import io.tollgate.schemas.avro.Quality;
import io.tollgate.schemas.avro.UsageEvent;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Builds one usage event. Source, id, time, tenant and model must be told, because a retry must say
 * the very same: an id or a time made up here would turn a retry into another event. Everything
 * else has a default: standard tier, no units, and a quality of reported if there are units and
 * missing if there are none.
 *
 * <p>Not thread-safe; a builder may be used for several events, each {@link #build} copies.
 */
public final class UsageEventBuilder {
  private final String source;
  private final String id;
  private final Instant time;
  private @Nullable OrganizationId organization;
  private @Nullable WorkspaceId workspace;
  private @Nullable ApiKeyId key;
  private @Nullable String provider;
  private @Nullable String model;
  private @Nullable String requestedModel;
  private ServiceTier tier = ServiceTier.STANDARD;
  private final Map<Meter, Long> units = new EnumMap<>(Meter.class);
  private final Map<String, String> tags = new LinkedHashMap<>();
  private @Nullable Quality quality;
  private @Nullable String user;
  private @Nullable String feature;
  private @Nullable String providerRequestId;
  private @Nullable String holdId;
  private @Nullable BackfillId backfill;
  private @Nullable Correction correction;

  private UsageEventBuilder(String source, String id, Instant time) {
    this.source = source;
    this.id = id;
    this.time = time.truncatedTo(ChronoUnit.MICROS);
  }

  /**
   * Starts an event.
   *
   * @param source who reports, 1 to 256 bytes; stable over restarts
   * @param id unique per organization and source, 1 to 256 bytes; the same at every retry
   * @param time when the request ran; kept in microseconds, rounded down
   */
  public static UsageEventBuilder event(String source, String id, Instant time) {
    return new UsageEventBuilder(source, id, time);
  }

  /**
   * The event that takes an accepted one back. It counts nothing itself.
   *
   * @param accepted the event whose body is in force: the original as it was published, or the
   *     amendment that took effect last
   * @param id of the void itself, unlike that of any other event; the same at every retry
   * @param time of the void; the same at every retry, at most 34 days old when it arrives
   * @throws InvalidInput if it is a void, which is final
   */
  public static UsageEvent voidOf(UsageEvent accepted, String id, Instant time) {
    return UsageEvent.newBuilder()
        .setSource(accepted.getSource())
        .setId(id)
        .setEventTime(time.truncatedTo(ChronoUnit.MICROS))
        .setOrganizationId(accepted.getOrganizationId())
        .setWorkspaceId(accepted.getWorkspaceId())
        .setApiKeyId(accepted.getApiKeyId())
        .setTags(new LinkedHashMap<>())
        .setProvider(accepted.getProvider())
        .setModel(accepted.getModel())
        .setServiceTier(accepted.getServiceTier())
        .setUnits(new LinkedHashMap<>())
        .setQuality(Quality.MISSING)
        .setCorrection(CorrectedBody.correction(CorrectionKind.VOID, accepted))
        .build();
  }

  /** Whose request it was. */
  public UsageEventBuilder tenant(
      OrganizationId organization, WorkspaceId workspace, ApiKeyId key) {
    this.organization = organization;
    this.workspace = workspace;
    this.key = key;
    return this;
  }

  /** Who served the request, and the model that did; it is priced. */
  public UsageEventBuilder model(String provider, String model) {
    this.provider = provider;
    this.model = model;
    return this;
  }

  /** The model that was asked for, if another one served. */
  public UsageEventBuilder requestedModel(String name) {
    this.requestedModel = name;
    return this;
  }

  public UsageEventBuilder serviceTier(ServiceTier tier) {
    this.tier = tier;
    return this;
  }

  /**
   * Units of one meter. Meters are disjoint: cached tokens are not part of {@link Meter#INPUT}. A
   * meter not named was not told; zero was told to be zero.
   *
   * @param count 0 or more
   */
  public UsageEventBuilder units(Meter meter, long count) {
    if (count < 0) {
      throw new InvalidInput(
          "units." + meter.wireName(), Long.toString(count), "must be 0 or more units");
    }
    if (units.putIfAbsent(meter, count) != null) {
      throw new InvalidInput(
          "units." + meter.wireName(), Long.toString(count), "must be told once per event");
    }
    return this;
  }

  /**
   * How the units were obtained, if not as the units themselves tell: reported where there are any,
   * missing where there are none. Missing may have units: a request is one request though its
   * tokens are not known.
   */
  public UsageEventBuilder quality(Quality how) {
    this.quality = how;
    return this;
  }

  /** Who used it, at most 256 bytes. */
  public UsageEventBuilder user(String name) {
    this.user = name;
    return this;
  }

  /** What it was used for, at most 256 bytes. */
  public UsageEventBuilder feature(String name) {
    this.feature = name;
    return this;
  }

  /** At most 32 tags; key at most 128 bytes, value at most 256. */
  public UsageEventBuilder tag(String key, String value) {
    tags.put(key, value);
    return this;
  }

  public UsageEventBuilder providerRequestId(String id) {
    this.providerRequestId = id;
    return this;
  }

  /** The hold this event settles. */
  public UsageEventBuilder hold(String id) {
    this.holdId = id;
    return this;
  }

  /**
   * Makes the event an amendment: it counts in the stead of the accepted one, which is taken back.
   * Everything is told anew, also what has not changed.
   *
   * @param accepted the event whose body is in force: the original as it was published, or the
   *     amendment that took effect last; of the same organization and source
   * @throws InvalidInput if it is a void, which is final
   */
  public UsageEventBuilder amends(UsageEvent accepted) {
    this.correction = CorrectedBody.correction(CorrectionKind.AMEND, accepted);
    return this;
  }

  /** The open backfill that admits the event in spite of its age. */
  public UsageEventBuilder backfill(BackfillId id) {
    this.backfill = id;
    return this;
  }

  /**
   * The event. Sizes and formats are checked where it is published.
   *
   * @throws InvalidInput if the tenant or the model was not told, or the quality contradicts the
   *     units
   */
  public UsageEvent build() {
    Map<String, Long> told = new LinkedHashMap<>();
    units.forEach((meter, count) -> told.put(meter.wireName(), count));
    return UsageEvent.newBuilder()
        .setSource(source)
        .setId(id)
        .setEventTime(time)
        .setOrganizationId(told(organization, "organization_id").value())
        .setWorkspaceId(told(workspace, "workspace_id").value())
        .setApiKeyId(told(key, "api_key_id").value())
        .setUser(user)
        .setFeature(feature)
        .setTags(new LinkedHashMap<>(tags))
        .setProvider(told(provider, "provider"))
        .setRequestedModel(requestedModel)
        .setModel(told(model, "model"))
        .setServiceTier(tier.wireName())
        .setUnits(told)
        .setProviderRequestId(providerRequestId)
        .setQuality(quality())
        .setHoldId(holdId)
        .setBackfillId(backfill == null ? null : backfill.value())
        .setCorrection(correction)
        .build();
  }

  private Quality quality() {
    if (quality == null) {
      return units.isEmpty() ? Quality.MISSING : Quality.REPORTED;
    }
    InvalidInput.unless(
        !units.isEmpty() || quality == Quality.MISSING,
        "quality",
        quality.name().toLowerCase(Locale.ROOT),
        "must be missing where no units are told");
    return quality;
  }

  private static <T> T told(@Nullable T value, String field) {
    if (value == null) {
      throw new InvalidInput(field, "absent", "must be told on every event");
    }
    return value;
  }
}
