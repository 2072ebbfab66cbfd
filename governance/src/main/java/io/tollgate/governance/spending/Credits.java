package io.tollgate.governance.spending;

import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.Page;
import io.tollgate.governance.store.TopicSource;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Credit;
import io.tollgate.schemas.avro.Wallet;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Credits granted to wallets by the operator. Append-only. */
public final class Credits {
  private static final String PART = "/credits";

  private final Changes changes;
  private final NewIds ids;

  public Credits(Changes changes, NewIds ids) {
    this.changes = changes;
    this.ids = ids;
  }

  public void routes(Routes routes) {
    routes
        .post(Wallets.OF_OPERATOR + PART, Guard.operator(), this::grant)
        .get(
            Wallets.OF_OPERATOR + PART,
            Guard.operator(),
            call -> list(call, Wallets.organization(call)),
            Page.PARAMETERS)
        .get(
            Wallets.OF_ORGANIZATION + PART,
            Guard.permission(Permission.INVOICES_READ),
            call -> list(call, call.organization()),
            Page.PARAMETERS);
  }

  private Answer grant(Call call) {
    OrganizationId organization = Wallets.organization(call);
    CreditTerms terms = call.json(CreditTerms.class);
    String id = terms.id() == null ? ids.next("credit") : terms.id();
    return Answer.created(
        json(changes.make(call.caller(), change -> insert(change, organization, id, terms))));
  }

  private static Credit insert(
      Change change, OrganizationId organization, String id, CreditTerms terms) {
    Handle handle = change.handle();
    // One after the other, so that two corrections cannot take the same credit back twice.
    Wallet wallet = Wallets.require(handle, organization, "FOR UPDATE");
    if (terms.corrects() != null) {
      requireLeft(handle, organization, terms.corrects(), terms);
    }
    Credit credit =
        Credit.newBuilder()
            .setCreditId(id)
            .setOrganizationId(organization.value())
            .setAmount(terms.money().value())
            .setCurrency(wallet.getCurrency())
            .setReason(terms.reason())
            .setCorrects(terms.corrects())
            .setGrantedAt(change.now())
            .build();
    int inserted =
        handle
            .createUpdate(
                "INSERT INTO credits (id, organization_id, amount, currency, reason, corrects,"
                    + " created_at) VALUES (:id, :organization, :amount, :currency, :reason,"
                    + " :corrects, :now) ON CONFLICT DO NOTHING")
            .bind("id", id)
            .bind("organization", organization.value())
            .bind("amount", credit.getAmount())
            .bind("currency", credit.getCurrency())
            .bind("reason", credit.getReason())
            .bind("corrects", credit.getCorrects())
            .bind("now", credit.getGrantedAt())
            .execute();
    if (inserted == 0) {
      throw Refusal.conflict("id", id, "is taken; ids are never reused");
    }
    change.publish(Topics.CREDITS, id, credit);
    change.audit(
        AuditEvent.of(
                terms.corrects() == null ? "credit.granted" : "credit.corrected", "credit", id)
            .in(organization)
            .to(json(credit)));
    return credit;
  }

  /** A correction takes back at most what earlier ones have left of the credit. */
  private static void requireLeft(
      Handle handle, OrganizationId organization, String corrects, CreditTerms terms) {
    Optional<BigDecimal> left =
        handle
            .createQuery(
                "SELECT amount + (SELECT coalesce(sum(c.amount), 0) FROM credits c"
                    + " WHERE c.corrects = credits.id) AS amount_left FROM credits"
                    + " WHERE id = :id AND organization_id = :organization AND corrects IS NULL")
            .bind("id", corrects)
            .bind("organization", organization.value())
            .map((row, context) -> row.getBigDecimal("amount_left"))
            .findOne();
    if (left.isEmpty()) {
      throw Refusal.notFound("corrects", corrects);
    }
    InvalidInput.unless(
        terms.money().negate().compareTo(Money.of(left.get())) <= 0,
        "amount",
        terms.amount(),
        "takes back more than is left of the credit, " + Inputs.plain(left.get()));
  }

  private Answer list(Call call, OrganizationId organization) {
    Page page = Page.of(call);
    Listing<Credit> listing =
        new Listing<>(
            "credits",
            "organization_id = :organization",
            Map.of("organization", organization.value()),
            (row, context) -> credit(row));
    List<Credit> found =
        changes.read(
            handle -> {
              Wallets.require(handle, organization, "");
              return listing.read(handle, page);
            });
    return Answer.ok(page.envelope(found, Credits::json));
  }

  private static Credit credit(ResultSet row) throws SQLException {
    return Credit.newBuilder()
        .setCreditId(row.getString("id"))
        .setOrganizationId(row.getString("organization_id"))
        .setAmount(row.getBigDecimal("amount"))
        .setCurrency(row.getString("currency"))
        .setReason(row.getString("reason"))
        .setCorrects(row.getString("corrects"))
        .setGrantedAt(Listing.instant(row, "created_at"))
        .build();
  }

  private static Map<String, Object> json(Credit credit) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "organization.wallet.credit");
    json.put("id", credit.getCreditId());
    json.put("organization_id", credit.getOrganizationId());
    json.put("amount", Inputs.plain(credit.getAmount()));
    json.put("currency", credit.getCurrency());
    json.put("reason", credit.getReason());
    json.put("corrects", credit.getCorrects());
    json.put("created_at", credit.getGrantedAt().getEpochSecond());
    return json;
  }

  /** What the topic must hold. */
  public static TopicSource<Credit> published() {
    return new TopicSource<>(
        Topics.CREDITS,
        "SELECT * FROM credits",
        (row, context) -> credit(row),
        Credit::getCreditId);
  }
}
