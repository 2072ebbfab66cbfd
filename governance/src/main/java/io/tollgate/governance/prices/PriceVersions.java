package io.tollgate.governance.prices;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.Page;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.http.StrictJson;
import io.tollgate.rating.PriceDraft;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.PriceVersionClose;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Versions of price books. Append-only: what was published never changes. */
public final class PriceVersions {
  private static final String PATH = PriceBooks.PATH + "/{id}/versions";

  private final Changes changes;
  private final Duration lead;

  /**
   * @param lead how long after its publication a version takes effect at the earliest, the first of
   *     a base book excepted
   */
  public PriceVersions(Changes changes, Duration lead) {
    this.changes = changes;
    this.lead = lead;
  }

  public void routes(Routes routes) {
    routes
        .post(PATH, Guard.operator(), this::publish)
        .get(PATH, Guard.operator(), this::versions, Page.PARAMETERS)
        .get(PATH + "/{version}/rates", Guard.operator(), this::rates, Page.PARAMETERS);
  }

  private static PriceBookId id(Call call) {
    return call.path("id", text -> Fields.id(text, PriceBookId::new));
  }

  private Answer publish(Call call) {
    PriceBookId id = id(call);
    PriceTerms terms = call.json(PriceTerms.class);
    return Answer.created(json(changes.make(call.caller(), change -> publish(change, id, terms))));
  }

  private Version publish(Change change, PriceBookId id, PriceTerms terms) {
    Handle handle = change.handle();
    // Versions of one book are published one after the other.
    PriceBooks.Book book = PriceBooks.require(handle, "id", id, "FOR UPDATE");
    int version =
        1
            + handle
                .createQuery(
                    "SELECT coalesce(max(version), 0) FROM price_versions WHERE price_book_id ="
                        + " :id")
                .bind("id", id.value())
                .mapTo(Integer.class)
                .one();
    PricePublication publication =
        new PricePublication(
            id, version, book.currency(), book.plan(), book.organization(), change.now());
    terms.checkEffective(change.now(), lead, publication.isBase(), effective(handle, id, "DESC"));
    if (terms.plan() != null) {
      requirePlan(handle, new PriceBookId(terms.plan()), book, terms.effective());
    }
    List<PriceBookRecord> records = publication.records(terms, source(handle, terms, book));
    Version published =
        insert(handle, id, version, records.getLast().getClose(), terms.retroactiveReason());
    PriceRows.insert(handle, records);
    for (PriceBookRecord record : records) {
      change.publish(Topics.PRICE_BOOKS, PriceSource.key(record), record);
    }
    change.audit(
        AuditEvent.of(
                terms.retroactiveReason() == null
                    ? "price_book.version_published"
                    : "price_book.version_published_retroactively",
                "price_book.version",
                id.value() + "/" + version)
            .to(json(published)));
    return published;
  }

  /** When the first (ASC) or the last (DESC) version of a book takes effect. */
  private static Optional<Instant> effective(Handle handle, PriceBookId id, String order) {
    return handle
        .createQuery(
            "SELECT effective_from FROM price_versions WHERE price_book_id = :id"
                + " ORDER BY effective_from "
                + order
                + " LIMIT 1")
        .bind("id", id.value())
        .map((row, context) -> Listing.instant(row, "effective_from"))
        .findOne();
  }

  /** A plan that is not in effect when it is first followed would leave events unrated. */
  private static void requirePlan(
      Handle handle, PriceBookId plan, PriceBooks.Book follower, Instant from) {
    PriceBooks.Book book = PriceBooks.require(handle, "plan", plan, "");
    InvalidInput.unless(book.plan(), "plan", plan.value(), "must be a price book that is a plan");
    InvalidInput.unless(
        book.currency().equals(follower.currency()),
        "plan",
        plan.value(),
        "must be in the same currency, " + follower.currency());
    InvalidInput.unless(
        effective(handle, plan, "ASC").filter(first -> !first.isAfter(from)).isPresent(),
        "plan",
        plan.value(),
        "must have a version in effect when this one takes effect");
  }

  private static Optional<PriceDraft.Source> source(
      Handle handle, PriceTerms terms, PriceBooks.Book book) {
    if (terms.derivation().isEmpty()) {
      return Optional.empty();
    }
    PriceTerms.DerivedFrom from = terms.derivation().get();
    PriceBookId id = new PriceBookId(from.priceBookId());
    PriceBooks.Book other = PriceBooks.require(handle, "derived_from.price_book_id", id, "");
    InvalidInput.unless(
        other.currency().equals(book.currency()),
        "derived_from.price_book_id",
        id.value(),
        "must be in the same currency, " + book.currency());
    requireVersion(handle, "derived_from.version", id, from.version());
    return Optional.of(
        new PriceDraft.Source(
            PriceRows.rates(handle, id, from.version()),
            PriceRows.aliases(handle, id, from.version()),
            from.parsed()));
  }

  private static void requireVersion(Handle handle, String field, PriceBookId id, int version) {
    boolean exists =
        handle
            .createQuery(
                "SELECT version FROM price_versions WHERE price_book_id = :id AND version ="
                    + " :version")
            .bind("id", id.value())
            .bind("version", version)
            .mapTo(Integer.class)
            .findOne()
            .isPresent();
    if (!exists) {
      throw Refusal.notFound(field, Integer.toString(version));
    }
  }

  private record Version(
      PriceBookId book,
      int number,
      Instant effectiveFrom,
      Instant publishedAt,
      int rates,
      int aliases,
      String digest,
      @Nullable String plan,
      JsonNode resolvedFrom,
      @Nullable String retroactiveReason) {}

  private static Version insert(
      Handle handle,
      PriceBookId id,
      int number,
      PriceVersionClose close,
      @Nullable String retroactiveReason) {
    Version version =
        new Version(
            id,
            number,
            close.getEffectiveFrom(),
            close.getPublishedAt(),
            close.getRates(),
            close.getAliases(),
            close.getDigest(),
            close.getFollowsPlan(),
            StrictJson.mapper().valueToTree(PriceRows.resolvedFrom(close)),
            retroactiveReason);
    handle
        .createUpdate(
            "INSERT INTO price_versions (price_book_id, version, effective_from, published_at,"
                + " rates, aliases, digest, follows_plan, resolved_from, retroactive_reason) VALUES"
                + " (:id, :version, :effective, :published, :rates, :aliases, :digest, :plan,"
                + " CAST(:resolved AS jsonb), :retroactive)")
        .bind("id", id.value())
        .bind("version", number)
        .bind("effective", version.effectiveFrom())
        .bind("published", version.publishedAt())
        .bind("rates", version.rates())
        .bind("aliases", version.aliases())
        .bind("digest", version.digest())
        .bind("plan", version.plan())
        .bind("retroactive", retroactiveReason)
        .bind(
            "resolved",
            new String(StrictJson.write(version.resolvedFrom()), StandardCharsets.UTF_8))
        .execute();
    return version;
  }

  private Answer versions(Call call) {
    PriceBookId id = id(call);
    Page page = Page.of(call);
    int after = page.after().map(PriceVersions::lastNumber).orElse(0);
    List<Version> found =
        changes.read(
            handle -> {
              PriceBooks.require(handle, "id", id, "");
              return handle
                  .createQuery(
                      "SELECT * FROM price_versions WHERE price_book_id = :id AND version > :after"
                          + " ORDER BY version LIMIT :most")
                  .bind("id", id.value())
                  .bind("after", after)
                  .bind("most", page.toFetch())
                  .map((row, context) -> version(row))
                  .list();
            });
    return Answer.ok(page.envelope(found, PriceVersions::json));
  }

  /** The rates as resolved and published: what every event is priced by. */
  private Answer rates(Call call) {
    PriceBookId id = id(call);
    int version =
        call.path("version", text -> Fields.named("version", text, PriceVersions::number));
    Page page = Page.of(call);
    int after = page.after().map(PriceVersions::lastNumber).orElse(-1);
    List<Map<String, Object>> found =
        changes.read(
            handle -> {
              PriceBooks.require(handle, "id", id, "");
              requireVersion(handle, "version", id, version);
              return PriceRows.page(handle, id, version, after, page.toFetch());
            });
    return Answer.ok(page.envelope(found, rate -> rate));
  }

  /** From an id as lists of versions and rates show it: the number after the last slash. */
  private static int lastNumber(String id) {
    return Fields.named("after", id, text -> number(text.substring(text.lastIndexOf('/') + 1)));
  }

  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new InvalidInput("version", text, "must be, or end with, a whole number");
    }
  }

  private static Version version(ResultSet row) throws SQLException {
    try {
      return new Version(
          new PriceBookId(row.getString("price_book_id")),
          row.getInt("version"),
          Listing.instant(row, "effective_from"),
          Listing.instant(row, "published_at"),
          row.getInt("rates"),
          row.getInt("aliases"),
          row.getString("digest"),
          row.getString("follows_plan"),
          StrictJson.mapper().readTree(row.getString("resolved_from")),
          row.getString("retroactive_reason"));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a column of type jsonb holds no JSON", e);
    }
  }

  private static Map<String, Object> json(Version version) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "price_book.version");
    json.put("id", version.book().value() + "/" + version.number());
    json.put("price_book_id", version.book().value());
    json.put("version", version.number());
    json.put("effective_from", version.effectiveFrom().toString());
    json.put("published_at", version.publishedAt().toString());
    json.put("rates", version.rates());
    json.put("aliases", version.aliases());
    json.put("digest", version.digest());
    json.put("plan", version.plan());
    json.put("retroactive_reason", version.retroactiveReason());
    version.resolvedFrom().properties().forEach(one -> json.put(one.getKey(), one.getValue()));
    return json;
  }
}
