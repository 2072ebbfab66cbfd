package io.tollgate.governance.prices;

import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.avro.ModelAlias;
import io.tollgate.schemas.avro.PriceAdjustment;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.PriceDerivation;
import io.tollgate.schemas.avro.PriceRate;
import io.tollgate.schemas.avro.PriceVersionClose;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** The tables of a version's rates and aliases, which hold them as they were published. */
final class PriceRows {
  private PriceRows() {}

  static void insert(Handle handle, List<PriceBookRecord> records) {
    PreparedBatch rates =
        handle.prepareBatch(
            "INSERT INTO price_rates (price_book_id, version, position, provider, model,"
                + " service_tier, context_over, meter, rate) VALUES (:id, :version, :position,"
                + " :provider, :model, :tier, :over, :meter, :rate)");
    PreparedBatch aliases =
        handle.prepareBatch(
            "INSERT INTO price_aliases (price_book_id, version, position, provider, alias, model)"
                + " VALUES (:id, :version, :position, :provider, :alias, :model)");
    for (PriceBookRecord page : records) {
      for (PriceRate rate : page.getRates()) {
        rates
            .bind("id", page.getPriceBookId())
            .bind("version", page.getPriceVersion())
            .bind("position", rates.size())
            .bind("provider", rate.getProvider())
            .bind("model", rate.getModel())
            .bind("tier", rate.getServiceTier())
            .bind("over", rate.getContextOver())
            .bind("meter", rate.getMeter())
            .bind("rate", rate.getRate())
            .add();
      }
      for (ModelAlias alias : page.getAliases()) {
        aliases
            .bind("id", page.getPriceBookId())
            .bind("version", page.getPriceVersion())
            .bind("position", aliases.size())
            .bind("provider", alias.getProvider())
            .bind("alias", alias.getAlias())
            .bind("model", alias.getModel())
            .add();
      }
    }
    if (rates.size() > 0) {
      rates.execute();
    }
    if (aliases.size() > 0) {
      aliases.execute();
    }
  }

  static List<PriceRate> rates(Handle handle, PriceBookId id, int version) {
    return handle
        .createQuery(
            "SELECT * FROM price_rates WHERE price_book_id = :id AND version = :version"
                + " ORDER BY position")
        .bind("id", id.value())
        .bind("version", version)
        .map((row, context) -> rate(row))
        .list();
  }

  static List<ModelAlias> aliases(Handle handle, PriceBookId id, int version) {
    return handle
        .createQuery(
            "SELECT * FROM price_aliases WHERE price_book_id = :id AND version = :version"
                + " ORDER BY position")
        .bind("id", id.value())
        .bind("version", version)
        .map(
            (row, context) ->
                new ModelAlias(
                    row.getString("provider"), row.getString("alias"), row.getString("model")))
        .list();
  }

  /** Rates behind a position, as a list shows them. */
  static List<Map<String, Object>> page(
      Handle handle, PriceBookId id, int version, int after, int most) {
    return handle
        .createQuery(
            "SELECT * FROM price_rates WHERE price_book_id = :id AND version = :version"
                + " AND position > :after ORDER BY position LIMIT :most")
        .bind("id", id.value())
        .bind("version", version)
        .bind("after", after)
        .bind("most", most)
        .map(
            (row, context) -> {
              PriceRate rate = rate(row);
              Map<String, Object> json = new LinkedHashMap<>();
              json.put("object", "price_book.rate");
              json.put("id", id.value() + "/" + version + "/" + row.getInt("position"));
              json.put("provider", rate.getProvider());
              json.put("model", rate.getModel());
              json.put("service_tier", rate.getServiceTier());
              json.put("context_over", rate.getContextOver());
              json.put("meter", rate.getMeter());
              json.put("rate", rate.getRate().toPlainString());
              return json;
            })
        .list();
  }

  private static PriceRate rate(ResultSet row) throws SQLException {
    long over = row.getLong("context_over");
    Long contextOver = row.wasNull() ? null : over;
    return PriceRate.newBuilder()
        .setProvider(row.getString("provider"))
        .setModel(row.getString("model"))
        .setServiceTier(row.getString("service_tier"))
        .setContextOver(contextOver)
        .setMeter(row.getString("meter"))
        .setRate(row.getBigDecimal("rate"))
        .build();
  }

  /** What a closing record tells of where the rates came from, in the words of a request. */
  static Map<String, Object> resolvedFrom(PriceVersionClose close) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("meter_fallbacks", close.getMeterFallbacks());
    json.put("service_tier_fallbacks", close.getServiceTierFallbacks());
    PriceDerivation derivation = close.getDerivedFrom();
    if (derivation == null) {
      json.put("derived_from", null);
      return json;
    }
    Map<String, Object> from = new LinkedHashMap<>();
    from.put("price_book_id", derivation.getPriceBookId());
    from.put("version", derivation.getPriceVersion());
    from.put(
        "adjustments", derivation.getAdjustments().stream().map(PriceRows::adjustment).toList());
    json.put("derived_from", from);
    return json;
  }

  private static Map<String, Object> adjustment(PriceAdjustment adjustment) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("provider", adjustment.getProvider());
    json.put("model", adjustment.getModel());
    json.put("service_tier", adjustment.getServiceTier());
    json.put("meter", adjustment.getMeter());
    json.put("percent", adjustment.getPercent().stripTrailingZeros().toPlainString());
    return json;
  }
}
