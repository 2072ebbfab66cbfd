package io.tollgate.streams;

import static io.tollgate.streams.Events.NOON;
import static io.tollgate.streams.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.AcceptedAt;
import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.Pause;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.RejectedUsage;
import io.tollgate.schemas.avro.SecondCount;
import io.tollgate.schemas.avro.UnratedUsage;
import io.tollgate.schemas.avro.UsageDelta;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeterTopologyTest {
  @TempDir Path state;
  private MeterDriver meter;

  @BeforeEach
  void start() {
    meter = new MeterDriver(state).withAcme().withPrices();
  }

  @AfterEach
  void stop() {
    meter.close();
  }

  @Test
  void aGoodEventIsRatedAndSummedUp() {
    meter.append(event("e1"));

    RatedUsage rated = only(meter.rated());
    assertThat(rated.getEvent()).isEqualTo(event("e1").build());
    assertThat(rated.getCost()).isEqualTo(new BigDecimal("0.003500000000"));
    assertThat(rated.getCurrency()).isEqualTo("USD");
    assertThat(rated.getPriceBookId()).isEqualTo("base");
    assertThat(rated.getPriceVersion()).isEqualTo(1);
    assertThat(rated.getCharges()).hasSize(2);
    assertThat(rated.getBodyDigest()).isEqualTo(BodyDigest.of(event("e1").build()).toBytes());
    assertThat(rated.getPosition().getPartition()).isZero();
    assertThat(rated.getPosition().getOffset()).isZero();
    assertThat(rated.getPosition().getAppendedAt()).isEqualTo(NOON);
    assertThat(rated.getPosition().getAcceptedAt()).isEqualTo(NOON);

    UsageDelta delta = only(meter.deltas());
    assertThat(delta.getOrganizationId()).isEqualTo("acme");
    assertThat(delta.getNextOffset()).isEqualTo(1);
    assertThat(delta.getParts()).isEqualTo(1);
    DeltaEntry entry = only(delta.getEntries());
    assertThat(entry.getWorkspaceId()).isEqualTo("acme-prod");
    assertThat(entry.getApiKeyId()).isEqualTo("key-1");
    assertThat(entry.getQuarterHour()).isEqualTo((int) (NOON.getEpochSecond() / 900) - 1);
    assertThat(entry.getRequests()).isEqualTo(1);
    assertThat(entry.getUnits()).isEqualTo(Map.of("input", 1_000L, "output", 100L));
    assertThat(entry.getCost()).isEqualTo(rated.getCost());

    assertOutcomes("records 1 rated 1");
  }

  @Test
  void secondsOfAppendAreToldWhereALimitPerMinuteAsksForThem() {
    meter.append(event("e1"));
    assertThat(only(only(meter.deltas()).getEntries()).getSeconds()).isEmpty();
    Limit limit = BudgetRecords.limit().setTokensPerDay(1L).build();
    meter.limit(limit);
    meter.append(event("e2"));
    assertThat(only(only(meter.deltas()).getEntries()).getSeconds()).isEmpty();
    meter.limit(Limit.newBuilder(limit).setTokensPerMinute(1L).build());
    meter.append(event("e3"));
    assertThat(only(only(meter.deltas()).getEntries()).getSeconds())
        .containsExactly(new SecondCount(NOON.getEpochSecond(), 1L, 1_100L));
    meter.limit(limit);
    meter.append(event("e4"));
    assertThat(only(only(meter.deltas()).getEntries()).getSeconds()).isEmpty();
  }

  @Test
  void aSecondCopyIsADuplicateAndCountsOnce() {
    meter.append(event("e1"));
    meter.append(event("e1"));
    assertThat(meter.rated()).hasSize(1);
    assertThat(meter.deltas()).hasSize(1);
    assertThat(meter.rejected()).isEmpty();
    assertOutcomes("records 2 rated 1 duplicate 1");
  }

  @Test
  void theSameEventByABackfillIsADuplicateToo() {
    meter.backfill("june", "gateway-1", NOON.minus(Duration.ofDays(1)), NOON, NOON.plusSeconds(60));
    meter.append(event("e1"));
    meter.append(event("e1").backfill("june"));
    assertOutcomes("records 2 rated 1 duplicate 1");
  }

  @Test
  void anotherBodyUnderTheSameIdIsAConflictWithBothDigests() {
    meter.append(event("e1"));
    meter.append(event("e1").units(Meter.OUTPUT, 101));

    RejectedUsage rejected = only(meter.rejected());
    assertThat(rejected.getReason()).isEqualTo("conflict");
    assertThat(rejected.getOriginalDigest())
        .isEqualTo(BodyDigest.of(event("e1").build()).toBytes());
    assertThat(rejected.getBodyDigest())
        .isEqualTo(BodyDigest.of(event("e1").units(Meter.OUTPUT, 101).build()).toBytes());
    assertThat(rejected.getPosition().getOffset()).isEqualTo(1);
    assertThat(meter.rated()).hasSize(1);
    assertOutcomes("records 2 rated 1 rejected 1 conflict 1");
  }

  @Test
  void otherOrganizationsAndSourcesHaveIdsOfTheirOwn() {
    meter.organization("globex");
    meter.workspace("globex", "globex-prod");
    meter.apiKey("globex", "globex-prod", "key-2");
    meter.append(event("e1"));
    meter.append(event("e1").source("gateway-2"));
    meter.append(event("e1").tenant("globex", "globex-prod", "key-2"));
    assertOutcomes("records 3 rated 3");
    assertThat(meter.deltas())
        .extracting(UsageDelta::getOrganizationId)
        .containsExactly("acme", "acme", "globex");
  }

  @Test
  void bytesThatAreNoEventAreRejectedAndKept() {
    byte[] junk = "not avro".getBytes(StandardCharsets.UTF_8);
    byte[] cut = meter.events.encode(event("e1").build());
    cut = java.util.Arrays.copyOf(cut, cut.length - 3);
    byte[] unknownSchema = {0, 1, 2, 3, 4, 5};
    meter.appendBytes(junk);
    meter.appendBytes(cut);
    meter.appendBytes(unknownSchema);
    meter.appendBytes(null);
    meter.append(event("e1"));

    List<RejectedUsage> rejected = meter.rejected();
    assertThat(rejected).extracting(RejectedUsage::getReason).containsOnly("malformed");
    assertThat(rejected)
        .extracting(RejectedUsage::getValueBytes)
        .containsExactly(
            ByteBuffer.wrap(junk),
            ByteBuffer.wrap(cut),
            ByteBuffer.wrap(unknownSchema),
            ByteBuffer.wrap(new byte[0]));
    assertThat(rejected.getFirst().getKey())
        .isEqualTo(ByteBuffer.wrap("k".getBytes(StandardCharsets.UTF_8)));
    assertOutcomes("records 5 rated 1 rejected 4");
  }

  @Test
  void aBrokenRuleIsNamed() {
    meter.append(event("e1").units(Meter.OUTPUT, -1));
    RejectedUsage rejected = only(meter.rejected());
    assertThat(rejected.getReason()).isEqualTo("invalid");
    assertThat(rejected.getField()).isEqualTo("units.output");
    assertThat(rejected.getValue()).isEqualTo("-1");
    assertThat(rejected.getRule()).isNotBlank();
    assertThat(rejected.getOrganizationId()).isEqualTo("acme");
  }

  @Test
  void latenessAndSkewAreJudgedToTheMicrosecond() {
    meter.append(event("late").at(NOON.minus(Duration.ofDays(34)).minusNanos(1_000)));
    meter.append(event("on time").at(NOON.minus(Duration.ofDays(34))));
    meter.append(event("future").at(NOON.plus(Duration.ofMinutes(10)).plusNanos(1_000)));
    meter.append(event("fast clock").at(NOON.plus(Duration.ofMinutes(10))));
    assertThat(meter.rejected())
        .extracting(rejected -> rejected.getId() + ": " + rejected.getReason())
        .containsExactly("late: late", "future: future");
    assertOutcomes("records 4 rated 2 rejected 2");
  }

  @Test
  void anOpenBackfillAdmitsItsSourceInItsRangeOnly() {
    Instant from = Instant.parse("2026-01-01T00:00:00Z");
    Instant to = Instant.parse("2026-02-01T00:00:00Z");
    meter.backfill("january", "import", from, to, NOON.plusSeconds(60));
    meter.append(event("first").source("import").backfill("january").at(from));
    meter.append(event("after").source("import").backfill("january").at(to));
    meter.append(event("other source").backfill("january").at(from));
    meter.append(event("unnamed").source("import").at(from));
    meter.appendFrom(NOON.plusSeconds(60));
    meter.append(event("closed").source("import").backfill("january").at(from));

    assertThat(meter.rated())
        .extracting(rated -> rated.getEvent().getId())
        .containsExactly("first");
    assertThat(meter.rejected())
        .extracting(rejected -> rejected.getId() + ": " + rejected.getReason())
        .containsExactly("after: late", "other source: late", "unnamed: late", "closed: late");
  }

  @Test
  void aKeyIsValidFromTenMinutesBeforeItsStartUntilItsEnd() {
    Instant start = NOON.minus(Duration.ofDays(2));
    Instant end = NOON.minus(Duration.ofDays(1));
    meter.apiKey("acme", "acme-prod", "key-2", start, end);
    meter.append(
        event("too early").tenant("acme", "acme-prod", "key-2").at(start.minusSeconds(601)));
    meter.append(event("early").tenant("acme", "acme-prod", "key-2").at(start.minusSeconds(600)));
    meter.append(event("last").tenant("acme", "acme-prod", "key-2").at(end.minusNanos(1_000)));
    meter.append(event("ended").tenant("acme", "acme-prod", "key-2").at(end));
    assertThat(meter.rejected())
        .extracting(rejected -> rejected.getId() + ": " + rejected.getReason())
        .containsExactly("too early: expired", "ended: expired");
  }

  @Test
  void aRestoredWorkspaceIsValidAgainButNeverForTheTimeItWasArchived() {
    Instant archived = NOON.minus(Duration.ofDays(2));
    Instant restored = NOON.minus(Duration.ofDays(1));
    meter.prices(1, "gpt-4o");
    meter.workspace("acme", "acme-prod", archived, List.of());
    meter.append(event("before").at(archived.minusNanos(1_000)));
    meter.append(event("archived").at(archived));
    meter.workspace("acme", "acme-prod", null, List.of(new Pause(archived, restored)));
    meter.append(event("late but before").at(archived.minusSeconds(1)));
    meter.append(event("late").at(restored.minusNanos(1_000)));
    meter.append(event("restored").at(restored));
    assertThat(meter.rejected())
        .extracting(rejected -> rejected.getId() + ": " + rejected.getReason())
        .containsExactly("archived: expired", "late: expired");
    assertThat(meter.rated())
        .extracting(rated -> rated.getEvent().getId())
        .containsExactly("before", "late but before", "restored");
  }

  @Test
  void aBackfillIsExemptFromTheStartOfAValidityButNotFromItsEnd() {
    Instant from = Instant.parse("2024-06-01T00:00:00Z");
    meter.backfill("history", "import", from, NOON, NOON.plusSeconds(60));
    meter.apiKey("acme", "acme-prod", "key-2", NOON.minusSeconds(60), NOON.minusSeconds(30));
    meter.prices(1, "gpt-4o");
    meter.append(
        event("before")
            .source("import")
            .backfill("history")
            .tenant("acme", "acme-prod", "key-2")
            .at(from));
    meter.append(
        event("after")
            .source("import")
            .backfill("history")
            .tenant("acme", "acme-prod", "key-2")
            .at(NOON.minusSeconds(1)));
    assertThat(meter.unrated())
        .extracting(unrated -> unrated.getEvent().getId())
        .containsExactly("before");
    assertThat(meter.rejected()).extracting(RejectedUsage::getReason).containsExactly("expired");
  }

  @Test
  void aForeignKeyOrWorkspaceIsRejected() {
    meter.organization("globex");
    meter.workspace("globex", "globex-prod");
    meter.append(event("e1").tenant("globex", "globex-prod", "key-1"));
    meter.append(event("e2").tenant("globex", "acme-prod", "key-1"));
    assertThat(meter.rejected())
        .extracting(rejected -> rejected.getReason() + " " + rejected.getField())
        .containsExactly("foreign_tenant api_key_id", "foreign_tenant workspace_id");
  }

  @Test
  void anUnknownKeyIsWaitedFor() {
    meter.append(event("e1").tenant("acme", "acme-prod", "key-2"));
    meter.append(event("e1").tenant("acme", "acme-prod", "key-2"));
    assertOutcomes("records 2 waiting 2");
    meter.advance(Duration.ofSeconds(29));
    assertThat(meter.rated()).isEmpty();

    meter.apiKey("acme", "acme-prod", "key-2");
    meter.advance(Duration.ofMillis(200));
    RatedUsage rated = only(meter.rated());
    assertThat(rated.getPosition().getOffset()).isZero();
    assertThat(rated.getPosition().getAppendedAt()).isEqualTo(NOON);
    assertOutcomes("records 2 rated 1 duplicate 1");
  }

  @Test
  void anUnknownBackfillIsWaitedFor() {
    Instant january = Instant.parse("2026-01-10T00:00:00Z");
    meter.append(event("e1").source("import").backfill("january").at(january));
    assertOutcomes("records 1 waiting 1");
    meter.backfill("january", "import", january, NOON, NOON.plusSeconds(60));
    meter.advance(Duration.ofMillis(200));
    assertOutcomes("records 1 rated 1");
  }

  @Test
  void aWaitHasAnEnd() {
    meter.append(event("e1").tenant("nobody", "acme-prod", "key-1"));
    meter.advance(Duration.ofSeconds(30));
    RejectedUsage rejected = only(meter.rejected());
    assertThat(rejected.getReason()).isEqualTo("unknown_tenant");
    assertThat(rejected.getField()).isEqualTo("organization_id");
    assertThat(rejected.getValue()).isEqualTo("nobody");
    assertOutcomes("records 1 rejected 1");
  }

  @Test
  void aPriceThatComesLaterRatesWhatIsParked() {
    meter.append(event("e1").model("gpt-5"));
    UnratedUsage unrated = only(meter.unrated());
    assertThat(unrated.getReason()).isEqualTo("no_rate");
    assertThat(unrated.getDetail()).contains("gpt-5");
    assertOutcomes("records 1 unrated 1");
    meter.append(event("e1").model("gpt-5"));
    assertOutcomes("records 2 unrated 1 duplicate 1");

    meter.prices(2, "gpt-5");
    meter.advance(Duration.ofMillis(500));
    RatedUsage rated = only(meter.rated());
    assertThat(rated.getPriceVersion()).isEqualTo(2);
    assertThat(rated.getPosition()).isEqualTo(unrated.getPosition());
    assertThat(only(meter.deltas()).getEntries()).hasSize(1);
    assertOutcomes("records 2 rated 1 duplicate 1");
  }

  @Test
  void parkedEventsAreRatedAFewAtATime() {
    meter.close();
    meter =
        new MeterDriver(state, 1, new MeterBounds(10, Duration.ofSeconds(30), 100, 100, 2))
            .withAcme();
    for (int i = 0; i < 5; i++) {
      meter.append(event("e" + i));
    }
    assertThat(meter.unrated())
        .extracting(UnratedUsage::getReason)
        .containsOnly("no_price_book")
        .hasSize(5);
    meter.prices(1, "gpt-4o");
    meter.advance(Duration.ofMillis(500));
    assertThat(meter.rated()).hasSize(2);
    meter.advance(Duration.ofMillis(500));
    meter.advance(Duration.ofMillis(500));
    assertThat(meter.rated()).hasSize(3);
    assertOutcomes("records 5 rated 5");
  }

  @Test
  void waitingIsBounded() {
    meter.close();
    meter =
        new MeterDriver(state, 1, new MeterBounds(2, Duration.ofSeconds(30), 100, 100, 2))
            .withPrices();
    for (int i = 0; i < 3; i++) {
      meter.append(event("e" + i));
    }
    assertThat(only(meter.rejected()).getReason()).isEqualTo("waiting_full");
    assertOutcomes("records 3 rejected 1 waiting 2");
  }

  @Test
  void aMisplacedRecordIsSentToItsPartitionOnce() {
    meter.close();
    meter = new MeterDriver(state, 4, MeterBounds.standard()).withAcme().withPrices();
    assertThat(UsagePartitions.of("acme", "gateway-1", "e2", 4)).isNotZero();
    byte[] value = meter.events.encode(event("e2").build());
    meter.appendBytes(value);

    TestRecord<byte[], byte[]> rerouted = only(meter.rerouted());
    assertThat(rerouted.value()).isEqualTo(value);
    assertThat(rerouted.key()).isEqualTo("k".getBytes(StandardCharsets.UTF_8));
    assertThat(AcceptedAt.in(rerouted.headers())).contains(NOON);
    // The driver has one partition only and hands the record back on it.
    RejectedUsage rejected = only(meter.rejected());
    assertThat(rejected.getReason()).isEqualTo("misplaced");
    assertThat(rejected.getPosition().getOffset()).isEqualTo(1);
    assertOutcomes("records 2 rejected 1 rerouted 1");
  }

  @Test
  void aDetourMakesNoEventLate() {
    Instant accepted = NOON.minus(Duration.ofDays(6));
    Headers headers = Rerouting.headers(accepted);
    meter.appendBytes(
        meter.events.encode(event("e1").at(accepted.minus(Duration.ofDays(34))).build()), headers);
    RatedUsage rated = only(meter.rated());
    assertThat(rated.getPosition().getAcceptedAt()).isEqualTo(accepted);
    assertThat(rated.getPosition().getAppendedAt()).isEqualTo(NOON);

    Headers older = Rerouting.headers(NOON.minus(Duration.ofDays(8)));
    meter.appendBytes(
        meter.events.encode(event("e2").at(NOON.minus(Duration.ofDays(42))).build()), older);
    assertThat(only(meter.rejected()).getReason()).isEqualTo("late");
  }

  @Test
  void aReplayIsJudgedByItsFirstAcceptanceUpToAWeekBefore() {
    Headers replay = new RecordHeaders();
    AcceptedAt.add(replay, NOON.minus(Duration.ofDays(20)));
    meter.appendBytes(
        meter.events.encode(event("e1").at(NOON.minus(Duration.ofDays(40))).build()), replay);

    RatedUsage rated = only(meter.rated());
    assertThat(rated.getPosition().getAcceptedAt()).isEqualTo(NOON.minus(Duration.ofDays(7)));
    assertThat(rated.getPosition().getAppendedAt()).isEqualTo(NOON);
  }

  private void assertOutcomes(String expected) {
    assertThat(normal(meter.counts())).isEqualTo(normal(expected));
  }

  private static List<String> normal(String text) {
    return java.util.Arrays.stream(text.split(" (?=[a-z])")).sorted().toList();
  }

  private static <T> T only(List<T> list) {
    assertThat(list).hasSize(1);
    return list.getFirst();
  }
}
