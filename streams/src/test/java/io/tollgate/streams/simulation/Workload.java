package io.tollgate.streams.simulation;

import io.tollgate.schemas.CorrectedBody;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.CorrectionKind;
import io.tollgate.schemas.avro.UsageEvent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** The gateways of one simulation: appends usage of every kind to usage.events. */
final class Workload {
  private final SimulatedBroker broker;
  private final SimulatedTime time;
  private final World world;
  private final Prices prices;
  private final Dice dice;
  private final List<UsageEvent> sent = new ArrayList<>();

  /** Events as they should be in force, and bodies that are no more. */
  private final List<UsageEvent> correctable = new ArrayList<>();

  private final List<UsageEvent> outdated = new ArrayList<>();

  /** Originals whose corrections were sent already. */
  private final List<UsageEvent> coming = new ArrayList<>();

  private int ids;
  private int appended;

  Workload(SimulatedBroker broker, SimulatedTime time, World world, Prices prices, Dice dice) {
    this.broker = broker;
    this.time = time;
    this.world = world;
    this.prices = prices;
    this.dice = dice;
  }

  /** Records appended so far. */
  int appended() {
    return appended;
  }

  /** Appends a record of a kind; false where that cannot be done now. */
  boolean append(EventKind kind) {
    switch (kind) {
      case USAGE -> {
        if (!coming.isEmpty() && dice.percent(50)) {
          send(coming.removeFirst());
        } else {
          UsageEvent event =
              dice.percent(50) ? usage().build() : usage(dice.any(world.firstKeys())).build();
          send(event);
          if (world.firstKeys().stream().anyMatch(key -> key.id().equals(event.getApiKeyId()))) {
            correctable.add(event);
          }
        }
      }
      case DUPLICATE, CONFLICT -> {
        if (sent.isEmpty()) {
          return false;
        }
        UsageEvent copy = dice.any(sent);
        append(kind == EventKind.DUPLICATE ? copy : changed(copy));
      }
      case OUT_OF_ORDER -> send(usage().setEventTime(ago(60, 33 * 86_400)).build());
      case LATE -> send(usage().setEventTime(ago(34 * 86_400 + 1, 90 * 86_400)).build());
      case AHEAD_OF_CLOCK -> send(usage().setEventTime(ago(-600, 0)).build());
      case FUTURE -> send(usage().setEventTime(ago(-900_000, -601)).build());
      case MALFORMED -> appendBytes(malformed(), dice.below(partitions()), new RecordHeaders());
      case INVALID -> send(invalid());
      case MISPLACED -> {
        UsageEvent event = sent.isEmpty() || dice.percent(70) ? usage().build() : dice.any(sent);
        sent.add(event);
        appendBytes(encode(event), wrongPartition(event), acceptedBefore());
      }
      case MISPLACED_TWICE -> {
        UsageEvent event = usage().build();
        Headers headers = new RecordHeaders();
        headers.add("tollgate-rerouted", new byte[] {1});
        appendBytes(encode(event), wrongPartition(event), headers);
      }
      case WAITING_TENANT -> {
        if (world.comingKeys().isEmpty()) {
          return false;
        }
        send(usage(dice.any(world.comingKeys())).build());
      }
      case UNKNOWN_TENANT -> {
        UsageEvent.Builder event = usage();
        switch (dice.below(3)) {
          case 0 -> event.setOrganizationId("org-nobody");
          case 1 -> event.setWorkspaceId("ws-nobody");
          default -> event.setApiKeyId("key-nobody");
        }
        send(event.build());
      }
      case FOREIGN_TENANT -> {
        UsageEvent.Builder event = usage();
        World.Key other = dice.any(world.keys());
        if (dice.percent(50)) {
          event.setApiKeyId(other.id());
        } else {
          event.setWorkspaceId(other.workspace());
        }
        if (belongsTogether(event)) {
          return false;
        }
        send(event.build());
      }
      case EXPIRED_KEY -> {
        List<World.Key> ended =
            world.keys().stream()
                .filter(key -> key.until() != null && key.until().isBefore(time.instant()))
                .toList();
        if (ended.isEmpty()) {
          return false;
        }
        send(usage(dice.any(ended)).build());
      }
      case UNRATED -> {
        if (prices.unpriced().isEmpty()) {
          return false;
        }
        UsageEvent event =
            usage(dice.any(world.firstKeys())).setModel(dice.any(prices.unpriced())).build();
        send(event);
        correctable.add(event);
      }
      case LONG_CONTEXT -> {
        Map<String, Long> units = units();
        units.put("input", Prices.LONG_CONTEXT + dice.between(-1, 5_000));
        send(usage().setModel("gpt-a").setUnits(units).build());
      }
      case BATCH -> send(usage().setServiceTier("batch").build());
      case OTHER_NAME -> send(usage().setModel(dice.any(Prices.OTHER_NAMES)).build());
      case BACKFILLED ->
          send(
              usage()
                  .setSource(World.BACKFILL_SOURCE)
                  .setBackfillId(World.BACKFILL)
                  .setEventTime(ago(-60, 400L * 86_400))
                  .build());
      case VOID, AMENDMENT -> {
        if (correctable.isEmpty()) {
          return false;
        }
        int index = dice.below(correctable.size());
        UsageEvent before = correctable.get(index);
        UsageEvent event = correction(kind == EventKind.VOID, before);
        outdated.add(before);
        if (kind == EventKind.VOID) {
          correctable.remove(index);
          outdated.add(before);
        } else {
          correctable.set(index, event);
        }
        sendCorrection(event);
      }
      case VOID_AHEAD, AMENDMENT_AHEAD -> {
        UsageEvent original =
            usage(dice.any(world.firstKeys())).setModel(dice.any(Prices.PRICED)).build();
        sendCorrection(correction(kind == EventKind.VOID_AHEAD, original));
        coming.add(original);
      }
      case OUTDATED_CORRECTION -> {
        if (outdated.isEmpty()) {
          return false;
        }
        sendCorrection(correction(dice.percent(50), dice.any(outdated)));
      }
      case ORPHANED_CORRECTION ->
          sendCorrection(correction(dice.percent(50), usage(dice.any(world.firstKeys())).build()));
      default -> throw new IllegalArgumentException(kind + " is not a kind of event");
    }
    return true;
  }

  private UsageEvent correction(boolean isVoid, UsageEvent before) {
    UsageEvent.Builder event =
        UsageEvent.newBuilder(before)
            .setId("correction-" + ids++)
            .setCorrection(
                CorrectedBody.correction(
                    isVoid ? CorrectionKind.VOID : CorrectionKind.AMEND, before));
    if (isVoid) {
      event.setUnits(Map.of());
    } else {
      event.setUnits(units());
      if (dice.percent(20)) {
        event.setModel("gpt-b");
      }
    }
    return event.build();
  }

  /** Copies and changes of corrections come as well. */
  private void sendCorrection(UsageEvent event) {
    if (dice.percent(50)) {
      sent.add(event);
    }
    append(event);
  }

  private boolean belongsTogether(UsageEvent.Builder event) {
    return world.keys().stream()
        .anyMatch(
            key ->
                key.id().equals(event.getApiKeyId())
                    && key.workspace().equals(event.getWorkspaceId())
                    && key.organization().equals(event.getOrganizationId()));
  }

  private UsageEvent.Builder usage() {
    return usage(dice.any(world.keys()));
  }

  private UsageEvent.Builder usage(World.Key key) {
    List<String> models = new ArrayList<>(Prices.PRICED);
    models.addAll(prices.pricedLate());
    return UsageEvent.newBuilder()
        .setSource("gateway-" + dice.below(2))
        .setId("event-" + ids++)
        .setEventTime(ago(0, 20))
        .setOrganizationId(key.organization())
        .setWorkspaceId(key.workspace())
        .setApiKeyId(key.id())
        .setUser(dice.percent(50) ? "user-" + dice.below(4) : null)
        .setFeature(dice.percent(50) ? "feature-" + dice.below(3) : null)
        .setTags(dice.percent(20) ? Map.of("team", "t" + dice.below(3)) : Map.of())
        .setProvider(Prices.PROVIDER)
        .setModel(dice.any(models))
        .setUnits(units());
  }

  private Map<String, Long> units() {
    Map<String, Long> units = new HashMap<>();
    units.put("input", dice.between(0, 5_000));
    units.put("output", dice.between(0, 2_000));
    if (dice.percent(30)) {
      units.put("cache_read", dice.between(0, 5_000));
    }
    if (dice.percent(10)) {
      units.put("reasoning", dice.between(1, 3_000));
    }
    if (dice.percent(10)) {
      units.put("web_search", dice.between(1, 3));
    }
    if (dice.percent(50)) {
      units.put("request", 1L);
    }
    return units;
  }

  /** An instant that many seconds ago, or ahead where negative, in microseconds. */
  private Instant ago(long least, long most) {
    return time.instant()
        .minus(Duration.ofSeconds(dice.between(least, most)))
        .truncatedTo(ChronoUnit.SECONDS)
        .plus(dice.between(0, 999_999), ChronoUnit.MICROS);
  }

  private UsageEvent changed(UsageEvent event) {
    UsageEvent.Builder changed = UsageEvent.newBuilder(event);
    switch (dice.below(4)) {
      case 0 -> changed.setUnits(units());
      case 1 -> changed.setEventTime(event.getEventTime().plus(1, ChronoUnit.MICROS));
      case 2 -> changed.setUser("somebody-else");
      default -> changed.setModel("gpt-b".equals(event.getModel()) ? "gpt-a" : "gpt-b");
    }
    return changed.build();
  }

  private UsageEvent invalid() {
    UsageEvent.Builder event = usage();
    switch (dice.below(5)) {
      case 0 -> event.setServiceTier("express");
      case 1 -> event.setUnits(Map.of("input", -dice.between(1, 9)));
      case 2 -> event.setUnits(Map.of("smiles", 3L));
      case 3 -> event.setUser("u".repeat(257));
      default -> event.setApiKeyId("not an id");
    }
    return event.build();
  }

  private byte @Nullable [] malformed() {
    byte[] good = encode(usage().build());
    return switch (dice.below(6)) {
      case 0 -> null;
      case 1 -> new byte[0];
      case 2 -> dice.bytes(dice.below(40) + 1);
      case 3 -> Arrays.copyOf(good, (int) dice.between(1, good.length - 1L));
      case 4 -> Arrays.copyOf(good, good.length + 1 + dice.below(5));
      default -> ByteBuffer.wrap(good.clone()).putInt(1, 4711).array();
    };
  }

  /** Headers that say, rightly or not, when a record was first accepted. */
  private Headers acceptedBefore() {
    Headers headers = new RecordHeaders();
    if (dice.percent(30)) {
      long claimed = time.milliseconds() - dice.between(-100_000, 10L * 86_400_000);
      headers.add(
          "tollgate-accepted-at", ByteBuffer.allocate(Long.BYTES).putLong(0, claimed).array());
    }
    return headers;
  }

  private void send(UsageEvent event) {
    sent.add(event);
    append(event);
  }

  private void append(UsageEvent event) {
    appendBytes(encode(event), home(event), new RecordHeaders());
  }

  private int home(UsageEvent event) {
    return UsagePartitions.of(event, partitions());
  }

  private int wrongPartition(UsageEvent event) {
    return (home(event) + 1 + dice.below(partitions() - 1)) % partitions();
  }

  private int partitions() {
    return broker.partitions(Topics.USAGE_EVENTS.name());
  }

  private byte[] encode(UsageEvent event) {
    return world.encode(Topics.USAGE_EVENTS, event);
  }

  private void appendBytes(byte @Nullable [] value, int partition, Headers headers) {
    byte[] key = dice.percent(95) ? "k".getBytes(StandardCharsets.UTF_8) : null;
    broker.append(Topics.USAGE_EVENTS.name(), partition, key, value, headers, time.milliseconds());
    appended++;
  }
}
