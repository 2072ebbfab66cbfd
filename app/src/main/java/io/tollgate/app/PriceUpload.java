package io.tollgate.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tollgate.app.api.TollgateClient;
import io.tollgate.app.prices.ImportedPrices;
import io.tollgate.app.prices.PriceBodies;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.schemas.InvalidInput;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Publishes imported versions to a base price book of a running installation, over its HTTP API.
 * Each version becomes visible as a whole. The first of a new book may begin in the past, because
 * it prices only what had no price; every other needs the lead time.
 */
final class PriceUpload {
  private static final String BOOKS = "/v1/platform/price_books";
  private static final String CURRENCY = "USD";

  /** Reading and sending a large file takes a moment too. */
  private static final Duration MARGIN = Duration.ofMinutes(1);

  private final TollgateClient client;
  private final String book;
  private final InstantSource clock;
  private final boolean isNew;
  private final boolean hasVersions;

  private PriceUpload(
      TollgateClient client, String book, InstantSource clock, boolean isNew, boolean hasVersions) {
    this.client = client;
    this.book = book;
    this.clock = clock;
    this.isNew = isNew;
    this.hasVersions = hasVersions;
  }

  /**
   * Looks at what the installation has under that name.
   *
   * @throws InvalidInput if the book is not a base book in USD, the currency of price files
   */
  static PriceUpload to(TollgateClient client, String book, InstantSource clock) {
    Optional<JsonNode> found =
        client.list(Optional.empty(), BOOKS).stream()
            .filter(one -> one.path("id").asText().equals(book))
            .findFirst();
    found.ifPresent(
        one -> {
          InvalidInput.unless(
              one.path("organization_id").isNull() && !one.path("plan").asBoolean(),
              "--book",
              book,
              "is an override or a plan; price files belong in a base book");
          InvalidInput.unless(
              one.path("currency").asText().equals(CURRENCY),
              "--book",
              book,
              "is in " + one.path("currency").asText() + ", price files are in " + CURRENCY);
        });
    boolean hasVersions =
        found.isPresent() && !client.list(Optional.empty(), versions(book)).isEmpty();
    return new PriceUpload(client, book, clock, found.isEmpty(), hasVersions);
  }

  /** When prices begin if nobody says: as soon as they may, but not before now. */
  Instant usualStart() {
    Instant now = clock.instant();
    return (hasVersions ? now.plus(GovernanceConfig.PRICE_LEAD).plus(MARGIN) : now)
        .truncatedTo(ChronoUnit.SECONDS);
  }

  /**
   * Publishes all versions, oldest first.
   *
   * @param published told each version as the installation shows it
   * @throws InvalidInput before anything is published, if a version could not be
   * @throws io.tollgate.app.api.ApiProblem if the installation refuses one; those before it stand
   */
  void publish(ImportedPrices prices, Consumer<JsonNode> published) {
    check(prices.versions());
    if (isNew) {
      client.post(
          BOOKS, JsonNodeFactory.instance.objectNode().put("id", book).put("currency", CURRENCY));
    }
    for (JsonNode body : PriceBodies.of(prices)) {
      published.accept(client.post(versions(book), body));
    }
  }

  private void check(List<ImportedPrices.Dated> versions) {
    Instant earliest = clock.instant().plus(GovernanceConfig.PRICE_LEAD);
    Optional<Instant> tooEarly =
        versions.stream()
            .skip(hasVersions ? 0 : 1)
            .map(ImportedPrices.Dated::effectiveFrom)
            .filter(from -> from.isBefore(earliest))
            .reduce((one, later) -> later);
    if (tooEarly.isPresent()) {
      throw new InvalidInput(
          "--effective-from",
          versions.getFirst().effectiveFrom().toString(),
          hasVersions
              ? "must be at least "
                  + GovernanceConfig.PRICE_LEAD.toMinutes()
                  + " minutes ahead: "
                  + book
                  + " has versions, and what they priced stays"
              : "is before prices of the file that changed on "
                  + tooEarly.get()
                  + ": only one version can begin in the past; begin there or later");
    }
  }

  private static String versions(String book) {
    return BOOKS + "/" + book + "/versions";
  }
}
