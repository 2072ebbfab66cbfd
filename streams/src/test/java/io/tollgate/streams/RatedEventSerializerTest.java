package io.tollgate.streams;

import static io.tollgate.streams.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.LocalSchemaIds;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Charge;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.RatedKind;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The bytes are those that the serde itself would write. */
class RatedEventSerializerTest {
  private final LocalSchemaIds ids = LocalIds.ofAllTopics();
  private final AvroSerde<UsageEvent> events = AvroSerde.of(Topics.USAGE_EVENTS, ids);
  private final AvroSerde<RatedUsage> rated = AvroSerde.of(Topics.USAGE_RATED, ids);
  private final RatedEventSerializer serializer = new RatedEventSerializer(ids);
  private final Random random = new Random(5);

  private RatedUsage random(UsageEvent event) {
    List<Charge> charges = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      charges.add(new Charge("input", random.nextLong(), decimal(6, 60), decimal(12, 100)));
    }
    Position position =
        new Position(1, random.nextInt(1_024), random.nextLong(1L << 50), time(), time());
    return new RatedUsage(
        event,
        position,
        new BodyDigest(random.nextLong(), random.nextLong()).toBytes(),
        "USD",
        "böök-" + random.nextInt(),
        random.nextInt(),
        random.nextBoolean() ? random.nextLong() : null,
        charges,
        decimal(12, 100),
        random.nextBoolean() ? RatedKind.USAGE : RatedKind.REVERSAL,
        random.nextBoolean() ? "correction-" + random.nextInt() : null);
  }

  private Instant time() {
    return Instant.ofEpochMilli(random.nextLong(-1_000_000, 2_000_000_000_000L));
  }

  private BigDecimal decimal(int scale, int bits) {
    BigInteger unscaled = new BigInteger(random.nextInt(bits), random);
    return new BigDecimal(random.nextBoolean() ? unscaled : unscaled.negate(), scale);
  }

  @Test
  void writesWhatTheSerdeWrites() {
    for (int i = 0; i < 1_000; i++) {
      UsageEvent event = event("event-" + "x".repeat(random.nextInt(5_000))).build();
      RatedUsage usage = random(event);
      byte[] bytes =
          serializer.serialize("usage.rated", new RatedEvent(usage, events.encode(event)));
      assertThat(bytes).isEqualTo(rated.encode(usage));
      assertThat(rated.decode(bytes)).isEqualTo(usage);
    }
  }

  @Test
  void encodesAnEventOfAnotherSchemaAnew() {
    UsageEvent event = event("e").build();
    byte[] wire = events.encode(event);
    ByteBuffer.wrap(wire).putInt(1, 4_711);
    RatedUsage usage = random(event);
    assertThat(serializer.serialize("usage.rated", new RatedEvent(usage, wire)))
        .isEqualTo(rated.encode(usage));
  }
}
