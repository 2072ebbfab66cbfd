package io.tollgate.app.prices;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.rating.PriceDraft;
import io.tollgate.schemas.avro.ModelAlias;
import io.tollgate.schemas.avro.PriceRate;

/** Imported versions as bodies for {@code POST /v1/platform/price_books/{id}/versions}. */
public final class PriceBodies {
  private PriceBodies() {}

  /** One body per version, in order. */
  public static ArrayNode of(ImportedPrices prices) {
    ArrayNode bodies = JsonNodeFactory.instance.arrayNode();
    prices.versions().forEach(version -> bodies.add(body(version)));
    return bodies;
  }

  private static ObjectNode body(ImportedPrices.Dated version) {
    PriceDraft draft = version.draft();
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("effective_from", version.effectiveFrom().toString());
    ArrayNode rates = body.putArray("rates");
    for (PriceRate rate : draft.rates()) {
      ObjectNode line =
          rates
              .addObject()
              .put("provider", rate.getProvider())
              .put("model", rate.getModel())
              .put("service_tier", rate.getServiceTier())
              .put("meter", rate.getMeter())
              .put("rate", rate.getRate().toPlainString());
      if (rate.getContextOver() != null) {
        line.put("context_over", rate.getContextOver());
      }
    }
    ArrayNode aliases = body.putArray("aliases");
    for (ModelAlias alias : draft.aliases()) {
      aliases
          .addObject()
          .put("provider", alias.getProvider())
          .put("alias", alias.getAlias())
          .put("model", alias.getModel());
    }
    ObjectNode fallbacks = body.putObject("meter_fallbacks");
    draft
        .fallbacks()
        .meters()
        .forEach((meter, other) -> fallbacks.put(meter.wireName(), other.wireName()));
    return body;
  }
}
