package io.tollgate.streams;

import static io.tollgate.streams.Events.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.PartitionOutcomes;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.RejectedUsage;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What no event can be read from is an outcome; the topology goes on with what comes after it. */
class PoisonIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** The most that the topic takes, but for the framing. */
  private static final int HUGE = (2 << 20) - 1_024;

  @TempDir private Path data;

  @Test
  void everyKindOfPoisonIsRejectedOnceAndPassedBy() {
    try (Broker broker = Broker.start(data)) {
      broker.publishAcme(1);
      StreamsSettings settings =
          StreamsSettings.of(
              new Endpoints(broker.bootstrapServers(), URI.create("http://localhost:1")),
              data.resolve("state"));
      try (Streams streams = Streams.start(settings, broker.ids, InstantSource.system())) {
        await().atMost(PATIENCE).until(() -> streams.health().up());
        List<byte @Nullable []> poison = poison(broker);
        for (int partition = 0; partition < Broker.USAGE_PARTITIONS; partition++) {
          for (byte[] value : poison) {
            broker.sendRaw(partition, value);
          }
        }
        int good = 20;
        for (int i = 0; i < good; i++) {
          broker.send(
              event("after-" + i).tenant("acme", "acme-prod", "key-0").at(Instant.now()).build());
        }
        broker.flush();
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(broker.read(Topics.USAGE_RATED, true))
                        .extracting(RatedUsage::getEvent)
                        .hasSize(good));
        int all = poison.size() * Broker.USAGE_PARTITIONS;
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> {
                  List<PartitionOutcomes> outcomes = newestOutcomes(broker);
                  assertThat(outcomes.stream().mapToLong(PartitionOutcomes::getRejected).sum())
                      .isEqualTo(all);
                  assertThat(outcomes.stream().mapToLong(PartitionOutcomes::getRecords).sum())
                      .isEqualTo(all + good);
                });
        assertThat(broker.read(Topics.USAGE_REJECTED, false))
            .as("each once, also in transactions that were aborted")
            .hasSize(all)
            .extracting(RejectedUsage::getReason)
            .containsOnly("malformed");
        assertThat(streams.health().up()).isTrue();
      }
    }
  }

  /** Garbage, nothing, too much, an unknown schema, another topic's schema, and a cut event. */
  private static List<byte @Nullable []> poison(Broker broker) {
    byte[] huge = new byte[HUGE];
    Arrays.fill(huge, (byte) 'x');
    byte[] unknownSchema = ByteBuffer.allocate(9).put((byte) 0).putInt(999_999).array();
    byte[] otherSchema =
        AvroSerde.of(Topics.ORGANIZATIONS, broker.ids)
            .encode(
                new Organization(
                    "acme", "acme", "UTC", "USD", Instant.EPOCH, null, 1, List.of(), false));
    byte[] event =
        AvroSerde.of(Topics.USAGE_EVENTS, broker.ids)
            .encode(event("cut").tenant("acme", "acme-prod", "key-0").build());
    List<byte @Nullable []> poison = new ArrayList<>();
    poison.add("not avro at all".getBytes(StandardCharsets.UTF_8));
    poison.add(null);
    poison.add(new byte[0]);
    poison.add(huge);
    poison.add(unknownSchema);
    poison.add(otherSchema);
    poison.add(Arrays.copyOf(event, event.length / 2));
    return poison;
  }

  private static List<PartitionOutcomes> newestOutcomes(Broker broker) {
    Map<Integer, PartitionOutcomes> newest = new HashMap<>();
    broker.read(Topics.USAGE_OUTCOMES, true).forEach(one -> newest.put(one.getPartition(), one));
    return List.copyOf(newest.values());
  }
}
