package io.tollgate.streams;

import static io.tollgate.streams.Events.NOON;
import static io.tollgate.streams.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.rating.PriceBooks;
import io.tollgate.rating.PricePages;
import io.tollgate.rating.PublishedPrices;
import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.Fingerprint;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.PriceRate;
import io.tollgate.schemas.avro.UsageEvent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The comparison with the body in force, without a topology around it. */
class AcceptedEventsTest {
  private static final PriceBookId BASE = new PriceBookId("base");

  private final Map<Fingerprint, DedupMemory.Entry> remembered = new HashMap<>();
  private final AcceptedEvents accepted =
      new AcceptedEvents(
          new DedupMemory() {
            @Override
            public @Nullable Entry find(Fingerprint fingerprint) {
              return remembered.get(fingerprint);
            }

            @Override
            public void put(Fingerprint fingerprint, Entry entry, long appendedAt) {
              remembered.put(fingerprint, entry);
            }

            @Override
            public void save() {}

            @Override
            public long size() {
              return remembered.size();
            }
          },
          new PriceRefs(Stores.inMemoryKeyValueStore("refs").get()));

  private static AdmittedEvent admitted(Events events) {
    UsageEvent event = events.build();
    return new AdmittedEvent(
        event,
        Fingerprint.of(event),
        BodyDigest.of(event),
        new Tenant(
            "acme", "acme-prod", "key-1", "USD", Instant.EPOCH, null, List.of(), 1, new byte[0]),
        new SourceRecord(
            null, new byte[0], new Position(UsagePartitions.GENERATION, 0, 0L, NOON, NOON), false),
        null);
  }

  private static PriceBooks prices() {
    PublishedPrices prices = new PublishedPrices();
    PricePages.of(
            BASE,
            1,
            PricePages.base("USD", Instant.EPOCH, Instant.EPOCH),
            List.of(
                new PriceRate(
                    "openai", "gpt-4o", "standard", null, "input", new BigDecimal("2.500000"))),
            List.of())
        .forEach(prices::accept);
    return prices.snapshot();
  }

  @Test
  void anInstanceThatLacksThePriceVersionSaysSoInsteadOfGuessing() {
    accepted.accept(admitted(event("e1")), accepted.prices().refOf(BASE, 1));
    AdmittedEvent voided = admitted(event("v1").voids(event("e1")));

    assertThat(accepted.judge(voided, PriceBooks.EMPTY))
        .isInstanceOf(CorrectionVerdict.PriceBehind.class);
    assertThat(accepted.judge(voided, prices())).isInstanceOf(CorrectionVerdict.Apply.class);
  }

  @Test
  void whatIsParkedOrWrittenOffNeedsNoPrice() {
    accepted.accept(admitted(event("parked")), DedupMemory.Entry.NOT_PRICED);
    accepted.accept(admitted(event("written off")), PriceRefs.WRITTEN_OFF);
    for (String id : List.of("parked", "written off")) {
      assertThat(accepted.judge(admitted(event("v1").voids(event(id))), PriceBooks.EMPTY))
          .isInstanceOf(CorrectionVerdict.Apply.class);
    }
  }

  @Test
  void everyCorrectionRenewsItsOriginalAndAPriceThatComesLateGoesToTheBodyInForce() {
    Events amendment = event("a1").amends(event("e1"));
    accepted.accept(admitted(event("e1")), PriceRefs.WRITTEN_OFF);
    accepted.amended(apply(amendment), DedupMemory.Entry.NOT_PRICED);
    assertThat(remembered).hasSize(3);

    accepted.priced(amendment.build(), 7, 0);
    Events voided = event("v1").voids(amendment);
    assertThat(apply(voided, 7).inForce().priceRef()).isEqualTo(7);
    accepted.voided(apply(voided, 7));
    assertThat(accepted.judge(admitted(voided), PriceBooks.EMPTY))
        .isInstanceOf(CorrectionVerdict.Duplicate.class);

    accepted.priced(event("forgotten").build(), 7, 0);
    assertThat(accepted.find(Fingerprint.of(event("forgotten").build()))).isNull();
  }

  private AppliedCorrection apply(Events correction) {
    return apply(correction, 0);
  }

  /** Sees to it that there are as many versions in the dictionary. */
  private AppliedCorrection apply(Events correction, int versions) {
    PublishedPrices prices = new PublishedPrices();
    for (int version = 1; version <= versions; version++) {
      accepted.prices().refOf(BASE, version);
      PricePages.of(
              BASE,
              version,
              PricePages.base("USD", Instant.EPOCH, Instant.EPOCH),
              List.of(
                  new PriceRate(
                      "openai", "gpt-4o", "standard", null, "input", new BigDecimal("2.500000"))),
              List.of())
          .forEach(prices::accept);
    }
    CorrectionVerdict verdict = accepted.judge(admitted(correction), prices.snapshot());
    assertThat(verdict).isInstanceOf(CorrectionVerdict.Apply.class);
    return ((CorrectionVerdict.Apply) verdict).correction();
  }
}
