package io.tollgate.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.UsageEventReader.ReadEvent;
import io.tollgate.schemas.avro.CorrectionKind;
import io.tollgate.schemas.avro.Quality;
import io.tollgate.schemas.avro.UsageEvent;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is read in one walk is what the serde, the digest and the fingerprint say of it. */
class UsageEventReaderTest {
  private final LocalSchemaIds ids = new LocalSchemaIds();
  private final UsageEventReader reader = new UsageEventReader(ids);
  private final AvroSerde<UsageEvent> serde = AvroSerde.of(Topics.USAGE_EVENTS, ids);
  private final Random random = new Random(7);

  private String text(int most) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      text.append((char) ('!' + random.nextInt(90)));
    }
    return text.toString();
  }

  private @Nullable String optional(int most) {
    return random.nextBoolean() ? null : text(most);
  }

  private UsageEvent event() {
    Map<String, String> tags = new HashMap<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      tags.put(text(4), text(70));
    }
    Map<String, Long> units = new HashMap<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      units.put(
          Meter.values()[random.nextInt(Meter.values().length)].wireName(),
          random.nextLong() >> random.nextInt(64));
    }
    return new UsageEvent(
        text(9),
        text(80),
        Instant.ofEpochSecond(random.nextLong(-1L << 33, 1L << 34), random.nextInt(1_000_000_000)),
        text(64),
        text(64),
        text(64),
        optional(20),
        optional(20),
        tags,
        text(12),
        optional(20),
        text(20),
        random.nextBoolean() ? "standard" : text(5),
        units,
        optional(40),
        Quality.values()[random.nextInt(3)],
        null,
        optional(10),
        optional(10));
  }

  private void assertReadAlike(UsageEvent event, ReadEvent read) {
    assertThat(read.event()).isEqualTo(event);
    assertThat(read.digest()).isEqualTo(BodyDigest.of(event));
    assertThat(read.fingerprint()).isEqualTo(Fingerprint.of(event));
    assertThat(UsagePartitions.of(read.partitionHash(), 32))
        .isEqualTo(UsagePartitions.of(event, 32));
  }

  @Test
  void plainEventsAreReadInOneWalk() {
    for (int i = 0; i < 5_000; i++) {
      UsageEvent event = event();
      byte[] wire = serde.encode(event);
      ReadEvent read = reader.readPlain(wire);
      assertThat(read).isNotNull();
      assertReadAlike(serde.decode(wire), read);
      assertThat(serde.encode(read.event())).hasSameSizeAs(wire);
    }
  }

  @Test
  void textsThatRepeatAreTheSameObjects() {
    byte[] wire = serde.encode(EventBuilder.event().build());
    UsageEvent one = reader.read(wire).event();
    UsageEvent other = reader.another().read(wire).event();
    assertThat(other.getApiKeyId()).isSameAs(one.getApiKeyId());
    assertThat(other.getModel()).isSameAs(one.getModel());
  }

  @Test
  void othersAreReadByTheSerde() {
    for (UsageEvent event :
        java.util.List.of(
            EventBuilder.event().setUser("zoë").build(),
            EventBuilder.event().setTags(new HashMap<>(Map.of("größe", "ü"))).build(),
            EventBuilder.event().setUnits(new HashMap<>(Map.of("input", 1L, "stars", 2L))).build(),
            EventBuilder.event()
                .setId("void-1")
                .setUnits(new HashMap<>())
                .setCorrection(
                    CorrectedBody.correction(CorrectionKind.VOID, EventBuilder.event().build()))
                .build())) {
      byte[] wire = serde.encode(event);
      assertThat(reader.readPlain(wire)).isNull();
      assertReadAlike(event, reader.read(wire));
    }
  }

  @Test
  void aTagToldTwiceAndALongNumberAreNotPlain() {
    byte[] wire = serde.encode(EventBuilder.event().setTags(new HashMap<>()).build());
    UsageEvent event = serde.decode(wire);
    event.setTags(new HashMap<>(Map.of("a", "1", "b", "2")));
    byte[] tagged = serde.encode(event);
    for (int i = 0; i < tagged.length - 1; i++) {
      if (tagged[i] == 2 && tagged[i + 1] == 'b') {
        tagged[i + 1] = 'a';
      }
    }
    assertThat(reader.readPlain(tagged)).isNull();
    // The last field's index of its union, 0, in two bytes.
    byte[] longer = Arrays.copyOf(wire, wire.length + 1);
    longer[wire.length - 1] = (byte) 0x80;
    assertThat(reader.readPlain(longer)).isNull();
  }

  /** Whatever is done to the bytes: what the walk accepts is what the serde reads, the same. */
  @Test
  void brokenBytesAreJudgedByTheSerde() {
    int plain = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] wire = serde.encode(event());
      int changes = 1 + random.nextInt(3);
      for (int change = 0; change < changes; change++) {
        wire = broken(wire);
      }
      ReadEvent read = reader.readPlain(wire);
      if (read != null) {
        plain++;
        assertReadAlike(serde.decode(wire), read);
      }
    }
    assertThat(plain).isGreaterThan(1_000);
  }

  private byte[] broken(byte[] wire) {
    if (wire.length == 0) {
      return wire;
    }
    int at = random.nextInt(wire.length);
    return switch (random.nextInt(4)) {
      case 0 -> Arrays.copyOf(wire, at);
      case 1 -> Arrays.copyOf(wire, wire.length + random.nextInt(3));
      case 2 -> {
        byte[] inserted = new byte[wire.length + 1];
        ByteBuffer.wrap(inserted)
            .put(wire, 0, at)
            .put((byte) random.nextInt(256))
            .put(wire, at, wire.length - at);
        yield inserted;
      }
      default -> {
        byte[] changed = wire.clone();
        changed[at] ^= (byte) (1 << random.nextInt(8));
        yield changed;
      }
    };
  }
}
