package io.tollgate.governance;

import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.PriceRate;
import io.tollgate.schemas.avro.PriceVersionClose;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;

/** Price books and their versions. Append-only: what was published never changes. */
final class PriceBooks {
  private static final String PATH = "/v1/platform/price_books";

  private final Changes changes;
  private final NewIds ids;
  private final Duration lead;

  /**
   * @param lead how long after its publication a version other than a book's first takes effect
   */
  PriceBooks(Changes changes, NewIds ids, Duration lead) {
    this.changes = changes;
    this.ids = ids;
    this.lead = lead;
  }

  void routes(Routes routes) {
    routes
        .post(PATH, Guard.operator(), this::create)
        .get(PATH, Guard.operator(), this::list, Page.PARAMETERS)
        .post(PATH + "/{id}/versions", Guard.operator(), this::publish)
        .get(PATH + "/{id}/versions", Guard.operator(), this::versions, Page.PARAMETERS);
  }

  /**
   * What a new price book is made of.
   *
   * @param organizationId whose override it is; left out for a base book
   */
  record Wanted(@Nullable String id, String currency, @Nullable String organizationId) {
    Wanted {
      if (id != null) {
        Fields.id(id, PriceBookId::new);
      }
      Inputs.currency(currency);
      if (organizationId != null) {
        Fields.named("organization_id", organizationId, OrganizationId::new);
      }
    }
  }

  private record Book(
      String id, String currency, @Nullable String organization, Instant createdAt) {}

  private Answer create(Call call) {
    Wanted wanted = call.json(Wanted.class);
    String id = wanted.id() == null ? ids.next("pb") : wanted.id();
    return Answer.created(json(changes.make(call.caller(), change -> insert(change, id, wanted))));
  }

  private static Book insert(Change change, String id, Wanted wanted) {
    if (wanted.organizationId() != null) {
      Organization organization =
          Organizations.require(change.handle(), new OrganizationId(wanted.organizationId()));
      InvalidInput.unless(
          organization.getCurrency().equals(wanted.currency()),
          "currency",
          wanted.currency(),
          "must be the organization's, " + organization.getCurrency());
    }
    int inserted =
        change
            .handle()
            .createUpdate(
                "INSERT INTO price_books (id, currency, organization_id, created_at)"
                    + " VALUES (:id, :currency, :organization, :now) ON CONFLICT DO NOTHING")
            .bind("id", id)
            .bind("currency", wanted.currency())
            .bind("organization", wanted.organizationId())
            .bind("now", change.now())
            .execute();
    if (inserted == 0) {
      throw Refusal.conflict("id", id, "is taken; ids are never reused");
    }
    change.audit("price_book.created", id, null);
    return new Book(id, wanted.currency(), wanted.organizationId(), change.now());
  }

  private Answer list(Call call) {
    Page page = Page.of(call);
    Listing<Book> listing =
        new Listing<>("price_books", "TRUE", Map.of(), (row, context) -> book(row));
    List<Book> found = changes.read(handle -> listing.read(handle, page));
    return Answer.ok(page.envelope(found, PriceBooks::json));
  }

  private static PriceBookId id(Call call) {
    return call.path("id", text -> Fields.id(text, PriceBookId::new));
  }

  private Answer publish(Call call) {
    PriceBookId id = id(call);
    PriceTerms terms = call.json(PriceTerms.class);
    PriceBookRecord closing =
        changes.make(call.caller(), change -> insertVersion(change, id, terms));
    return Answer.created(json(id, closing.getPriceVersion(), closing.getClose()));
  }

  private PriceBookRecord insertVersion(Change change, PriceBookId id, PriceTerms terms) {
    Handle handle = change.handle();
    // Versions of one book are published one after the other.
    Book book = require(handle, id, "FOR UPDATE");
    int version =
        1
            + handle
                .createQuery(
                    "SELECT coalesce(max(version), 0) FROM price_versions WHERE price_book_id ="
                        + " :id")
                .bind("id", id.value())
                .mapTo(Integer.class)
                .one();
    Optional<Instant> latest =
        handle
            .createQuery(
                "SELECT effective_from FROM price_versions WHERE price_book_id = :id"
                    + " ORDER BY effective_from DESC LIMIT 1")
            .bind("id", id.value())
            .map((row, context) -> Listing.instant(row, "effective_from"))
            .findOne();
    terms.checkEffective(change.now(), lead, latest);
    List<PriceBookRecord> records =
        terms.records(id, version, book.currency(), book.organization(), change.now());
    PriceBookRecord closing = records.getLast();
    insertVersion(handle, id, version, closing.getClose());
    insertRates(handle, records);
    for (PriceBookRecord record : records) {
      change.publish(
          Topics.PRICE_BOOKS, id.value() + "/" + version + "/" + record.getPage(), record);
    }
    change.audit("price_book.version_published", id.value() + "/" + version, null);
    return closing;
  }

  private static void insertVersion(
      Handle handle, PriceBookId id, int version, PriceVersionClose close) {
    handle
        .createUpdate(
            "INSERT INTO price_versions"
                + " (price_book_id, version, effective_from, published_at, rates, digest)"
                + " VALUES (:id, :version, :effective, :published, :rates, :digest)")
        .bind("id", id.value())
        .bind("version", version)
        .bind("effective", close.getEffectiveFrom())
        .bind("published", close.getPublishedAt())
        .bind("rates", close.getRates())
        .bind("digest", close.getDigest())
        .execute();
  }

  private static void insertRates(Handle handle, List<PriceBookRecord> records) {
    PreparedBatch batch =
        handle.prepareBatch(
            "INSERT INTO price_rates (price_book_id, version, position, provider, model,"
                + " service_tier, context_over, meter, rate) VALUES (:id, :version, :position,"
                + " :provider, :model, :tier, :over, :meter, :rate)");
    int position = 0;
    for (PriceBookRecord page : records) {
      for (PriceRate rate : page.getRates()) {
        batch
            .bind("id", page.getPriceBookId())
            .bind("version", page.getPriceVersion())
            .bind("position", position++)
            .bind("provider", rate.getProvider())
            .bind("model", rate.getModel())
            .bind("tier", rate.getServiceTier())
            .bind("over", rate.getContextOver())
            .bind("meter", rate.getMeter())
            .bind("rate", rate.getRate())
            .add();
      }
    }
    batch.execute();
  }

  private record Version(int version, PriceVersionClose close) {}

  private Answer versions(Call call) {
    PriceBookId id = id(call);
    Page page = Page.of(call);
    int after =
        page.after().map(text -> Fields.named("after", text, PriceBooks::versionNumber)).orElse(0);
    List<Version> found =
        changes.read(
            handle -> {
              require(handle, id, "");
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
    return Answer.ok(page.envelope(found, version -> json(id, version.version(), version.close())));
  }

  /** From an id of a version as lists show it: book, slash, number. */
  private static int versionNumber(String id) {
    try {
      return Integer.parseInt(id.substring(id.lastIndexOf('/') + 1));
    } catch (NumberFormatException e) {
      throw new InvalidInput("after", id, "must be an id of this list");
    }
  }

  private static Book require(Handle handle, PriceBookId id, String lock) {
    return handle
        .createQuery("SELECT * FROM price_books WHERE id = :id " + lock)
        .bind("id", id.value())
        .map((row, context) -> book(row))
        .findOne()
        .orElseThrow(() -> Refusal.notFound("id", id.value()));
  }

  private static Book book(ResultSet row) throws SQLException {
    return new Book(
        row.getString("id"),
        row.getString("currency"),
        row.getString("organization_id"),
        Listing.instant(row, "created_at"));
  }

  private static Version version(ResultSet row) throws SQLException {
    PriceVersionClose close =
        PriceVersionClose.newBuilder()
            .setCurrency("")
            .setEffectiveFrom(Listing.instant(row, "effective_from"))
            .setPublishedAt(Listing.instant(row, "published_at"))
            .setRates(row.getInt("rates"))
            .setDigest(row.getString("digest"))
            .build();
    return new Version(row.getInt("version"), close);
  }

  private static Map<String, Object> json(Book book) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "price_book");
    json.put("id", book.id());
    json.put("currency", book.currency());
    json.put("organization_id", book.organization());
    json.put("created_at", book.createdAt().getEpochSecond());
    return json;
  }

  private static Map<String, Object> json(PriceBookId book, int version, PriceVersionClose close) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "price_book.version");
    json.put("id", book.value() + "/" + version);
    json.put("price_book_id", book.value());
    json.put("version", version);
    json.put("effective_from", close.getEffectiveFrom().toString());
    json.put("published_at", close.getPublishedAt().toString());
    json.put("rates", close.getRates());
    json.put("digest", close.getDigest());
    return json;
  }
}
