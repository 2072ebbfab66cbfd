package io.tollgate.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.avro.UsageEvent;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AvroSerdeTest {
  private final AvroSerde<UsageEvent> serde =
      AvroSerde.of(Topics.USAGE_EVENTS, new LocalSchemaIds());

  @Test
  void readsWhatItWrote() {
    UsageEvent event = EventBuilder.event().setUser("ünï").build();
    assertThat(serde.decode(serde.encode(event))).isEqualTo(event);
    assertThat(serde.serialize("t", null)).isNull();
    assertThat(serde.deserialize("t", null)).isNull();
  }

  @Test
  void beginsWithConfluentsHeader() {
    byte[] bytes = serde.encode(EventBuilder.event().build());
    assertThat(bytes[0]).isZero();
    int id = new LocalSchemaIds().idOf("any", UsageEvent.getClassSchema());
    assertThat(java.nio.ByteBuffer.wrap(bytes, 1, 4).getInt()).isEqualTo(id);
  }

  @Test
  void refusesEveryTruncationAndTrailingBytes() {
    byte[] bytes = serde.encode(EventBuilder.event().build());
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> serde.decode(cut))
          .as("first %d bytes", length)
          .isInstanceOf(MalformedRecord.class);
    }
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    assertThatThrownBy(() -> serde.decode(longer)).hasMessageContaining("bytes are left");
  }

  @Test
  void anyBytesEitherReadOrAreMalformed() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    byte[] good = serde.encode(EventBuilder.event().build());
    int malformed = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bad = good.clone();
      bad[5 + random.nextInt(bad.length - 5)] = (byte) random.nextInt();
      try {
        serde.decode(bad);
      } catch (MalformedRecord e) {
        malformed++;
      }
    }
    assertThat(malformed).as("seed " + seed).isPositive();
    // A codec that met garbage still reads.
    assertThat(serde.decode(good)).isEqualTo(EventBuilder.event().build());
  }

  @Test
  void oneInstanceServesManyThreads() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Callable<Boolean> work =
          () ->
              IntStream.range(0, 2000)
                  .mapToObj(i -> EventBuilder.event().setId("e" + i).build())
                  .allMatch(e -> serde.decode(serde.encode(e)).equals(e));
      for (var done : threads.invokeAll(java.util.Collections.nCopies(4, work))) {
        assertThat(done.get()).isTrue();
      }
    }
  }
}
