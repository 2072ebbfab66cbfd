package io.tollgate.streams.simulation;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.Backfill;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.Workspace;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** The tenants of one simulation, and the publishing of governance's records. */
final class World {
  static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");
  static final String BACKFILL = "history";
  static final String BACKFILL_SOURCE = "warehouse";

  private static final List<String> ZONES =
      List.of(
          "UTC",
          "America/New_York",
          "Europe/Berlin",
          "Asia/Kolkata",
          "Asia/Kathmandu",
          "Pacific/Apia",
          "America/St_Johns",
          "Australia/Lord_Howe",
          "Africa/Casablanca");

  private final SimulatedBroker broker;
  private final SimulatedTime time;
  private final SchemaIds ids;
  private final Map<String, AvroSerde<? extends SpecificRecord>> serdes = new HashMap<>();
  private final List<Key> keys = new ArrayList<>();
  private final List<Key> firstKeys = new ArrayList<>();
  private final List<Key> comingKeys = new ArrayList<>();
  private final TreeMap<String, Organization> organizations = new TreeMap<>();

  /**
   * An API key and where it belongs.
   *
   * @param until the end of its validity; null if it has none
   */
  record Key(
      String organization,
      String workspace,
      String id,
      Instant from,
      @Nullable Instant until,
      String currency) {}

  World(SimulatedBroker broker, SimulatedTime time, SchemaIds ids, Dice dice) {
    this.broker = broker;
    this.time = time;
    this.ids = ids;
    for (int o = 0; o < 2; o++) {
      String organization = "org-" + o;
      String currency = o == 0 ? "USD" : dice.of("USD", "EUR");
      publish(
          Organization.newBuilder()
              .setOrganizationId(organization)
              .setName(organization)
              .setTimeZone(dice.any(ZONES))
              .setCurrency(currency)
              .setValidFrom(LONG_AGO)
              .setPauses(List.of())
              .setVersion(1)
              .build());
      for (int w = 0; w < 2; w++) {
        String workspace = organization + "-ws-" + w;
        publishWorkspace(organization, workspace);
        for (int k = 0; k < 2; k++) {
          Key key =
              new Key(organization, workspace, workspace + "-key-" + k, LONG_AGO, null, currency);
          publish(key);
          keys.add(key);
          firstKeys.add(key);
        }
      }
      String later = organization + "-ws-late";
      for (int k = 0; k < 3; k++) {
        comingKeys.add(new Key(organization, later, later + "-key-" + k, LONG_AGO, null, currency));
      }
      Key ending =
          new Key(
              organization,
              organization + "-ws-0",
              organization + "-ending",
              LONG_AGO,
              time.instant().plus(Duration.ofMinutes(dice.between(-60, 60))),
              currency);
      publish(ending);
      keys.add(ending);
    }
    publish(
        Topics.BACKFILLS,
        BACKFILL,
        Backfill.newBuilder()
            .setBackfillId(BACKFILL)
            .setSource(BACKFILL_SOURCE)
            .setFrom(LONG_AGO)
            .setTo(time.instant())
            .setOpenedAt(time.instant())
            .setClosesAt(time.instant().plus(Duration.ofDays(20)))
            .setVersion(1)
            .build());
  }

  private void publishWorkspace(String organization, String workspace) {
    publish(
        Topics.WORKSPACES,
        workspace,
        Workspace.newBuilder()
            .setWorkspaceId(workspace)
            .setOrganizationId(organization)
            .setName(workspace)
            .setValidFrom(LONG_AGO)
            .setPauses(List.of())
            .setVersion(1)
            .build());
  }

  private void publish(Key key) {
    publish(
        Topics.API_KEYS,
        key.id(),
        ApiKey.newBuilder()
            .setApiKeyId(key.id())
            .setOrganizationId(key.organization())
            .setWorkspaceId(key.workspace())
            .setName(key.id())
            .setValidFrom(key.from())
            .setValidUntil(key.until())
            .setVersion(1)
            .build());
  }

  /** Publishes a key that events may wait for already; false if there is none left. */
  boolean publishComing(Dice dice) {
    if (comingKeys.isEmpty()) {
      return false;
    }
    Key key = comingKeys.remove(dice.below(comingKeys.size()));
    publishWorkspace(key.organization(), key.workspace());
    publish(key);
    keys.add(key);
    return true;
  }

  private void publish(Organization organization) {
    organizations.put(organization.getOrganizationId(), organization);
    publish(Topics.ORGANIZATIONS, organization.getOrganizationId(), organization);
  }

  /** An organization moves to another time zone. */
  void changeZone(Dice dice) {
    Organization before = dice.any(new ArrayList<>(organizations.values()));
    List<String> others =
        ZONES.stream().filter(zone -> !zone.equals(before.getTimeZone())).toList();
    publish(
        Organization.newBuilder(before)
            .setTimeZone(dice.any(others))
            .setVersion(before.getVersion() + 1)
            .build());
  }

  List<String> organizations() {
    return List.copyOf(organizations.keySet());
  }

  String currency(String organization) {
    return Objects.requireNonNull(organizations.get(organization)).getCurrency();
  }

  /** Keys that are published, ended ones among them. */
  List<Key> keys() {
    return keys;
  }

  /** Keys that every instance knew from its start on, and that have no end. */
  List<Key> firstKeys() {
    return firstKeys;
  }

  /** Keys that will be published. */
  List<Key> comingKeys() {
    return comingKeys;
  }

  <V extends SpecificRecord> void publish(Topic<V> topic, String key, @Nullable V value) {
    broker.append(
        topic.name(),
        0,
        key.getBytes(StandardCharsets.UTF_8),
        value == null ? null : encode(topic, value),
        new RecordHeaders(),
        time.milliseconds());
  }

  @SuppressWarnings("unchecked")
  <V extends SpecificRecord> byte[] encode(Topic<V> topic, V value) {
    AvroSerde<V> serde =
        (AvroSerde<V>) serdes.computeIfAbsent(topic.name(), name -> AvroSerde.of(topic, ids));
    return serde.encode(value);
  }
}
