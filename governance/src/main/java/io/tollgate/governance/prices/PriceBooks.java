package io.tollgate.governance.prices;

import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.Page;
import io.tollgate.governance.tenancy.Organizations;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.avro.Organization;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Price books: base, plans that overrides follow, and overrides of one organization. */
public final class PriceBooks {
  static final String PATH = "/v1/platform/price_books";

  private final Changes changes;
  private final NewIds ids;

  public PriceBooks(Changes changes, NewIds ids) {
    this.changes = changes;
    this.ids = ids;
  }

  public void routes(Routes routes) {
    routes
        .post(PATH, Guard.operator(), this::create)
        .get(PATH, Guard.operator(), this::list, Page.PARAMETERS);
  }

  /**
   * What a new price book is made of.
   *
   * @param organizationId whose override it is; left out for a base book or a plan
   * @param plan true for a plan
   */
  record Wanted(
      @Nullable String id,
      String currency,
      @Nullable String organizationId,
      @Nullable Boolean plan) {
    Wanted {
      if (id != null) {
        Fields.id(id, PriceBookId::new);
      }
      Inputs.currency(currency);
      if (organizationId != null) {
        Fields.named("organization_id", organizationId, OrganizationId::new);
      }
      InvalidInput.unless(
          organizationId == null || !Boolean.TRUE.equals(plan),
          "plan",
          "true",
          "must be left out for an organization's override");
    }

    boolean isPlan() {
      return Boolean.TRUE.equals(plan);
    }
  }

  /** A row of price_books. */
  record Book(
      String id, String currency, boolean plan, @Nullable String organization, Instant createdAt) {}

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
                "INSERT INTO price_books (id, currency, organization_id, plan, created_at)"
                    + " VALUES (:id, :currency, :organization, :plan, :now)"
                    + " ON CONFLICT DO NOTHING")
            .bind("id", id)
            .bind("currency", wanted.currency())
            .bind("organization", wanted.organizationId())
            .bind("plan", wanted.isPlan())
            .bind("now", change.now())
            .execute();
    if (inserted == 0) {
      throw Refusal.conflict("id", id, "is taken; ids are never reused");
    }
    Book made =
        new Book(id, wanted.currency(), wanted.isPlan(), wanted.organizationId(), change.now());
    change.audit(AuditEvent.of("price_book.created", "price_book", id).to(json(made)));
    return made;
  }

  private Answer list(Call call) {
    Page page = Page.of(call);
    Listing<Book> listing =
        new Listing<>("price_books", "TRUE", Map.of(), (row, context) -> book(row));
    List<Book> found = changes.read(handle -> listing.read(handle, page));
    return Answer.ok(page.envelope(found, PriceBooks::json));
  }

  /**
   * The price book.
   *
   * @param field what the request calls its id
   * @param lock empty, or the lock that the row is read under
   * @throws Refusal 404 if there is none
   */
  static Book require(Handle handle, String field, PriceBookId id, String lock) {
    return handle
        .createQuery("SELECT * FROM price_books WHERE id = :id " + lock)
        .bind("id", id.value())
        .map((row, context) -> book(row))
        .findOne()
        .orElseThrow(() -> Refusal.notFound(field, id.value()));
  }

  private static Book book(ResultSet row) throws SQLException {
    return new Book(
        row.getString("id"),
        row.getString("currency"),
        row.getBoolean("plan"),
        row.getString("organization_id"),
        Listing.instant(row, "created_at"));
  }

  private static Map<String, Object> json(Book book) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "price_book");
    json.put("id", book.id());
    json.put("currency", book.currency());
    json.put("organization_id", book.organization());
    json.put("plan", book.plan());
    json.put("created_at", book.createdAt().getEpochSecond());
    return json;
  }
}
