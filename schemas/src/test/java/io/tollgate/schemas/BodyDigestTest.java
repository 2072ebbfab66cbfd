package io.tollgate.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.avro.UsageEvent;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

class BodyDigestTest {
  @Test
  void isTheSameForEveryOrderOfTagsAndUnits() {
    UsageEvent one = EventBuilder.event().build();
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put("team", "search");
    tags.put("env", "prod");
    Map<String, String> reversed = new LinkedHashMap<>();
    reversed.put("env", "prod");
    reversed.put("team", "search");
    assertThat(BodyDigest.of(EventBuilder.event().setTags(tags).build()))
        .isEqualTo(BodyDigest.of(one));
    assertThat(BodyDigest.of(EventBuilder.event().setTags(reversed).build()))
        .isEqualTo(BodyDigest.of(one));
  }

  /**
   * Digests are remembered for 34 days and stored with corrections: they must not change with the
   * code.
   */
  @Test
  void isPinned() {
    assertThat(BodyDigest.of(EventBuilder.event().build()))
        .hasToString("2aa90e310fff16b85e0eafef4ba43e73");
    assertThat(Fingerprint.of("acme", "gateway-1", "evt-1"))
        .isEqualTo(new Fingerprint(-3436475061131592861L, 4291972989682643013L));
  }

  @Test
  void everyFieldCountsExceptTheBackfill() {
    Set<BodyDigest> seen = new HashSet<>();
    UsageEvent good = EventBuilder.event().setUser("u").setFeature("f").build();
    seen.add(BodyDigest.of(good));
    int changes = 0;
    for (Schema.Field field : UsageEvent.getClassSchema().getFields()) {
      UsageEvent changed = UsageEvent.newBuilder(good).build();
      Object now = changed.get(field.pos());
      Object next =
          switch (field.name()) {
            case "event_time" -> ((java.time.Instant) now).plusNanos(1000);
            case "tags" -> Map.of("team", "search");
            case "units" -> Map.of("input", 374L, "output", 45L);
            case "quality" -> io.tollgate.schemas.avro.Quality.ESTIMATED;
            case "correction" ->
                new io.tollgate.schemas.avro.Correction(
                    io.tollgate.schemas.avro.CorrectionKind.VOID,
                    "o",
                    java.nio.ByteBuffer.allocate(16),
                    java.nio.ByteBuffer.allocate(3));
            default -> "other";
          };
      changed.put(field.pos(), next);
      boolean fresh = seen.add(BodyDigest.of(changed));
      assertThat(fresh).as(field.name()).isEqualTo(!field.name().equals("backfill_id"));
      changes++;
    }
    assertThat(changes).isEqualTo(19);
  }

  @Test
  void neighbouringTextsDoNotRunTogether() {
    assertThat(Fingerprint.of("ab", "c", "d")).isNotEqualTo(Fingerprint.of("a", "bc", "d"));
    assertThat(Fingerprint.of("ü", "c", "d")).isNotEqualTo(Fingerprint.of("u", "c", "d"));
  }

  @Test
  void bytesRoundTrip() {
    BodyDigest digest = BodyDigest.of(EventBuilder.event().build());
    assertThat(BodyDigest.fromBytes(digest.toBytes())).isEqualTo(digest);
  }
}
