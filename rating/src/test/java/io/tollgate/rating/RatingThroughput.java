package io.tollgate.rating;

import io.tollgate.schemas.Meter;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.avro.PriceRate;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * How long rating takes per event, with a price list of 1,500 models, a third of them patterns, and
 * events of four meters. Run {@link #main}; the wish is well under a microsecond.
 */
final class RatingThroughput {
  private static final int MODELS = 1_500;
  private static final int REQUESTS = 4_096;
  private static final int EVENTS = 2_000_000;
  private static final int ROUNDS = 8;

  private RatingThroughput() {}

  public static void main(String[] args) {
    PriceBooks books = books();
    MeteredRequest[] requests = requests();
    for (int round = 0; round < ROUNDS; round++) {
      long charges = 0;
      long start = System.nanoTime();
      for (int i = 0; i < EVENTS; i++) {
        RatingResult result = Rating.rate(requests[i % REQUESTS], books);
        charges += result instanceof RatingResult.Rated rated ? rated.charges().size() : 0;
      }
      long nanos = System.nanoTime() - start;
      System.out.println(nanos / EVENTS + " ns per event, " + charges + " charges");
    }
  }

  private static String name(int model) {
    return "model-" + model + (model % 3 == 0 ? "*" : "");
  }

  private static PriceBooks books() {
    List<PriceRate> rates = new ArrayList<>();
    for (int model = 0; model < MODELS; model++) {
      for (Meter meter : Meter.values()) {
        rates.add(
            new PriceRate(
                "openai", name(model), "standard", null, meter.wireName(), BigDecimal.TWO));
      }
    }
    return PriceBooks.of(
        List.of(
            PriceVersion.of(
                new PriceBookId("base"), 1, Prices.prices().close(), rates, List.of())));
  }

  private static MeteredRequest[] requests() {
    Random random = new Random(1);
    MeteredRequest[] requests = new MeteredRequest[REQUESTS];
    for (int i = 0; i < REQUESTS; i++) {
      requests[i] =
          Requests.request()
              .model("openai", name(random.nextInt(MODELS)).replace("*", "-2026-01-01"))
              .units(Meter.INPUT, random.nextLong(1, 200_000))
              .units(Meter.CACHE_READ, random.nextLong(1, 200_000))
              .units(Meter.OUTPUT, random.nextLong(1, 20_000))
              .units(Meter.REASONING, random.nextLong(1, 20_000))
              .build();
    }
    return requests;
  }
}
