package io.tollgate.governance.spending;

import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.TopicSource;
import io.tollgate.governance.tenancy.Organizations;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.http.Version;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.Wallet;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Wallets: the prepaid balance of an organization, opened by the operator. What is left in one is
 * not known here: usage burns it down.
 */
public final class Wallets {
  static final String OF_OPERATOR = "/v1/platform/organizations/{id}/wallet";
  static final String OF_ORGANIZATION = "/v1/organization/wallet";

  private final Changes changes;

  public Wallets(Changes changes) {
    this.changes = changes;
  }

  public void routes(Routes routes) {
    routes
        .put(OF_OPERATOR, Guard.operator(), this::put)
        .get(OF_OPERATOR, Guard.operator(), call -> get(organization(call)))
        .get(
            OF_ORGANIZATION,
            Guard.permission(Permission.INVOICES_READ),
            call -> get(call.organization()));
  }

  /** The organization that the path names. */
  static OrganizationId organization(Call call) {
    return call.path("id", text -> Fields.id(text, OrganizationId::new));
  }

  /** 201 when it is opened by this request, 200 when it was before. */
  private Answer put(Call call) {
    OrganizationId id = organization(call);
    WalletTerms terms = call.json(WalletTerms.class);
    record Put(Wallet wallet, BigDecimal credited, boolean isNew) {}
    Put put =
        changes.make(
            call.caller(),
            change -> {
              Handle handle = change.handle();
              Organization organization = Organizations.require(handle, id);
              // Nothing can be locked that is not there yet: the first of two openings wins.
              Organizations.lock(handle, id);
              Optional<Wallet> before = find(handle, id, "FOR UPDATE");
              Version.check(call, before.map(Wallet::getVersion).orElse(0));
              Wallet wanted =
                  Wallet.newBuilder()
                      .setOrganizationId(id.value())
                      .setCurrency(organization.getCurrency())
                      .setOpenedAt(
                          before.map(Wallet::getOpenedAt).orElse(terms.opened(change.now())))
                      .setLowBalance(terms.marks())
                      .setStopAtZero(terms.stops())
                      .setVersion(before.map(Wallet::getVersion).orElse(0))
                      .build();
              if (terms.openedAt() != null
                  && !wanted.getOpenedAt().equals(terms.opened(change.now()))) {
                throw Refusal.conflict(
                    "opened_at",
                    terms.openedAt(),
                    "is fixed: the wallet pays for usage from " + wanted.getOpenedAt() + " on");
              }
              if (before.isEmpty() || !before.get().equals(wanted)) {
                wanted.setVersion(wanted.getVersion() + 1);
                write(change, wanted);
                change.publish(Topics.WALLETS, id.value(), wanted);
                change.audit(
                    AuditEvent.of(
                            before.isEmpty() ? "wallet.opened" : "wallet.updated",
                            "wallet",
                            id.value())
                        .in(id)
                        .from(before.map(Wallets::json).orElse(null))
                        .to(json(wanted)));
              }
              return new Put(wanted, credited(handle, id), before.isEmpty());
            });
    return shown(put.isNew() ? 201 : 200, put.wallet(), put.credited());
  }

  private static void write(Change change, Wallet wallet) {
    change
        .handle()
        .createUpdate(
            "INSERT INTO wallets (organization_id, currency, opened_at, low_balance, stop_at_zero,"
                + " version) VALUES (:id, :currency, :opened, :marks, :stop, :version)"
                + " ON CONFLICT (organization_id) DO UPDATE SET low_balance = :marks,"
                + " stop_at_zero = :stop, version = :version")
        .bind("id", wallet.getOrganizationId())
        .bind("currency", wallet.getCurrency())
        .bind("opened", wallet.getOpenedAt())
        .bindArray("marks", BigDecimal.class, wallet.getLowBalance())
        .bind("stop", wallet.getStopAtZero())
        .bind("version", wallet.getVersion())
        .execute();
  }

  private Answer get(OrganizationId id) {
    return changes.read(
        handle -> {
          Wallet wallet = require(handle, id, "");
          return shown(200, wallet, credited(handle, id));
        });
  }

  /**
   * The wallet.
   *
   * @param lock empty, or the lock that the row is read under
   * @throws Refusal 404 if the organization has none
   */
  static Wallet require(Handle handle, OrganizationId id, String lock) {
    Organizations.requireOfLedger(handle, id);
    return find(handle, id, lock).orElseThrow(() -> Refusal.notFound("wallet", id.value()));
  }

  private static Optional<Wallet> find(Handle handle, OrganizationId id, String lock) {
    return handle
        .createQuery("SELECT * FROM wallets WHERE organization_id = :id " + lock)
        .bind("id", id.value())
        .map((row, context) -> wallet(row))
        .findOne();
  }

  private static BigDecimal credited(Handle handle, OrganizationId id) {
    return handle
        .createQuery("SELECT coalesce(sum(amount), 0) FROM credits WHERE organization_id = :id")
        .bind("id", id.value())
        .mapTo(BigDecimal.class)
        .one();
  }

  private static Wallet wallet(ResultSet row) throws SQLException {
    return Wallet.newBuilder()
        .setOrganizationId(row.getString("organization_id"))
        .setCurrency(row.getString("currency"))
        .setOpenedAt(Listing.instant(row, "opened_at"))
        .setLowBalance(List.of((BigDecimal[]) row.getArray("low_balance").getArray()))
        .setStopAtZero(row.getBoolean("stop_at_zero"))
        .setVersion(row.getInt("version"))
        .build();
  }

  private static Answer shown(int status, Wallet wallet, BigDecimal credited) {
    Map<String, Object> json = json(wallet);
    json.put("credited", Inputs.plain(Money.of(credited).value()));
    return Answer.json(status, json).tagged(wallet.getVersion());
  }

  private static Map<String, Object> json(Wallet wallet) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "organization.wallet");
    json.put("organization_id", wallet.getOrganizationId());
    json.put("currency", wallet.getCurrency());
    json.put("opened_at", wallet.getOpenedAt().toString());
    json.put("low_balance", wallet.getLowBalance().stream().map(Inputs::plain).toList());
    json.put("stop_at_zero", wallet.getStopAtZero());
    json.put("version", wallet.getVersion());
    return json;
  }

  /** What the topic must hold. */
  public static TopicSource<Wallet> published() {
    return new TopicSource<>(
        Topics.WALLETS,
        "SELECT * FROM wallets",
        (row, context) -> wallet(row),
        Wallet::getOrganizationId);
  }
}
