package io.tollgate.app.prices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.tollgate.rating.MeteredRequest;
import io.tollgate.rating.PriceBooks;
import io.tollgate.rating.PriceDraft;
import io.tollgate.rating.PricePages;
import io.tollgate.rating.PriceVersion;
import io.tollgate.rating.Rating;
import io.tollgate.rating.RatingResult;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.avro.PriceRate;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;

/** The real files, which are no part of the project and are looked for beside it. */
final class PriceFiles {
  private static final Path FOLDER = Path.of("..", "..", "shared", "data");

  private PriceFiles() {}

  static InputStream open(String name) throws IOException {
    Path file = FOLDER.resolve(name);
    if (!Files.exists(file)) {
      String reason = "no price file at " + file.toAbsolutePath().normalize();
      if ("true".equals(System.getenv("CI"))) {
        fail(reason);
      }
      abort(reason);
    }
    return new GZIPInputStream(Files.newInputStream(file));
  }

  /** What publication would make of a draft; fails if it were refused. */
  static PriceBooks published(ImportedPrices.Dated version) {
    PriceDraft.Resolved resolved = version.draft().resolve();
    return PriceBooks.of(
        List.of(
            PriceVersion.of(
                new PriceBookId("imported"),
                1,
                PricePages.base("USD", Instant.EPOCH, Instant.EPOCH),
                resolved.rates(),
                resolved.aliases())));
  }

  static RatingResult rate(
      PriceBooks books, String provider, String model, String tier, Map<String, Long> units) {
    return Rating.rate(
        new MeteredRequest(
            "acme", "USD", Instant.parse("2026-10-01T00:00:00Z"), provider, model, tier, units),
        books);
  }

  static String cost(
      PriceBooks books, String provider, String model, String tier, Map<String, Long> units) {
    RatingResult result = rate(books, provider, model, tier, units);
    assertThat(result).isInstanceOf(RatingResult.Rated.class);
    return ((RatingResult.Rated) result).cost().value().stripTrailingZeros().toPlainString();
  }

  /** Of everything in a list of rates, to hold against another program's arithmetic. */
  static BigDecimal sum(List<PriceRate> rates) {
    return rates.stream().map(PriceRate::getRate).reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  /** How often each reason was given, with the names and numbers in it left out. */
  static Map<String, Long> reasons(ImportedPrices prices) {
    return prices.notImported().stream()
        .collect(
            Collectors.groupingBy(
                one ->
                    one.reason()
                        .replaceAll("^is [0-9.]+ per 1,000,000: ", "")
                        .replaceAll("^ties with .*; taken over as .*", "ties; narrowed")
                        .replaceAll("^ties with .*", "ties")
                        .replaceAll("^a name that also matches .*", "order")
                        .replaceAll("^has other prices than .*", "has other prices"),
                TreeMap::new,
                Collectors.counting()));
  }

  static InputStream json(String text) {
    return new ByteArrayInputStream(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  static List<String> lines(ImportedPrices prices) {
    return prices.notImported().stream().map(NotImported::toString).toList();
  }

  static List<String> rates(ImportedPrices.Dated version) {
    return version.draft().rates().stream()
        .map(
            rate ->
                "%s/%s %s%s %s %s"
                    .formatted(
                        rate.getProvider(),
                        rate.getModel(),
                        rate.getServiceTier(),
                        rate.getContextOver() == null ? "" : " over " + rate.getContextOver(),
                        rate.getMeter(),
                        rate.getRate()))
        .toList();
  }
}
