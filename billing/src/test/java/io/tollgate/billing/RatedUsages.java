package io.tollgate.billing;

import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.Rate;
import io.tollgate.schemas.avro.Charge;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.Quality;
import io.tollgate.schemas.avro.RatedKind;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Builds rated usage; a test sets what matters to it. */
final class RatedUsages {
  static final Instant TIME = Instant.parse("2026-10-05T10:15:30.123456Z");

  private String organization = "acme";
  private String workspace = "research";
  private String apiKey = "key-1";
  private String id = "event-1";
  private String model = "gpt-5";
  private Instant eventTime = TIME;
  private @Nullable Long contextOver;
  private int priceVersion = 1;
  private int partition;
  private long offset;
  private final Map<Meter, Long> units =
      new EnumMap<>(Map.of(Meter.INPUT, 1_000L, Meter.OUTPUT, 100L));
  private final Map<Meter, Rate> rates =
      new EnumMap<>(Map.of(Meter.INPUT, Rate.parse("1.25"), Meter.OUTPUT, Rate.parse("10")));
  private @Nullable String correctionId;
  private Consumer<UsageEvent> change = event -> {};

  static RatedUsages rated() {
    return new RatedUsages();
  }

  RatedUsages organization(String value) {
    organization = value;
    return this;
  }

  RatedUsages workspace(String value) {
    workspace = value;
    return this;
  }

  RatedUsages apiKey(String value) {
    apiKey = value;
    return this;
  }

  RatedUsages id(String value) {
    id = value;
    return this;
  }

  RatedUsages model(String value) {
    model = value;
    return this;
  }

  RatedUsages at(Instant value) {
    eventTime = value;
    return this;
  }

  RatedUsages contextOver(long value) {
    contextOver = value;
    return this;
  }

  RatedUsages priceVersion(int value) {
    priceVersion = value;
    return this;
  }

  RatedUsages source(int inPartition, long atOffset) {
    partition = inPartition;
    offset = atOffset;
    return this;
  }

  RatedUsages units(Meter meter, long value) {
    units.put(meter, value);
    return this;
  }

  RatedUsages rate(Meter meter, String value) {
    rates.put(meter, Rate.parse(value));
    return this;
  }

  RatedUsages event(Consumer<UsageEvent> value) {
    change = value;
    return this;
  }

  /** Takes back what it else would be. */
  RatedUsages reversedBy(String id) {
    correctionId = id;
    return this;
  }

  RatedUsage build() {
    RatedUsage usage = usage();
    return correctionId == null ? usage : reversal(usage, correctionId);
  }

  private static RatedUsage reversal(RatedUsage usage, String correctionId) {
    Map<String, Long> units = new HashMap<>();
    usage.getEvent().getUnits().forEach((meter, count) -> units.put(meter, -count));
    List<Charge> charges =
        usage.getCharges().stream()
            .map(
                charge ->
                    new Charge(
                        charge.getMeter(),
                        -charge.getUnits(),
                        charge.getRate(),
                        charge.getCost().negate()))
            .toList();
    return RatedUsage.newBuilder(usage)
        .setEvent(UsageEvent.newBuilder(usage.getEvent()).setUnits(units).build())
        .setCharges(charges)
        .setCost(usage.getCost().negate())
        .setKind(RatedKind.REVERSAL)
        .setCorrectionId(correctionId)
        .build();
  }

  private RatedUsage usage() {
    Map<String, Long> told = new HashMap<>();
    List<Charge> charges = new ArrayList<>();
    Money cost = Money.ZERO;
    for (Map.Entry<Meter, Long> unit : units.entrySet()) {
      told.put(unit.getKey().wireName(), unit.getValue());
      Rate rate = rates.get(unit.getKey());
      if (rate != null && unit.getValue() > 0) {
        Money charge = rate.cost(unit.getValue());
        charges.add(
            new Charge(unit.getKey().wireName(), unit.getValue(), rate.value(), charge.value()));
        cost = cost.plus(charge);
      }
    }
    UsageEvent event =
        UsageEvent.newBuilder()
            .setSource("gateway")
            .setId(id)
            .setEventTime(eventTime)
            .setOrganizationId(organization)
            .setWorkspaceId(workspace)
            .setApiKeyId(apiKey)
            .setTags(new HashMap<>())
            .setProvider("openai")
            .setModel(model)
            .setServiceTier("standard")
            .setUnits(told)
            .setQuality(Quality.REPORTED)
            .build();
    change.accept(event);
    return RatedUsage.newBuilder()
        .setEvent(event)
        .setPosition(new Position(1, partition, offset, TIME, TIME))
        .setBodyDigest(ByteBuffer.wrap(new byte[16]))
        .setCurrency("USD")
        .setPriceBookId("base")
        .setPriceVersion(priceVersion)
        .setContextOver(contextOver)
        .setCharges(charges)
        .setCost(cost.value())
        .build();
  }
}
