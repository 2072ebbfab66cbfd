package io.tollgate.rating;

import io.tollgate.schemas.Meter;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.avro.ModelAlias;
import io.tollgate.schemas.avro.PriceRate;
import io.tollgate.schemas.avro.PriceVersionClose;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A price version with a default for everything, so that a test says only what matters to it. */
final class Prices {
  private String book = "base";
  private int version = 1;
  private String currency = "USD";
  private @Nullable OrganizationId organization;
  private Instant effectiveFrom = Instant.parse("2020-01-01T00:00:00Z");
  private String provider = "openai";
  private String model = "gpt-4o";
  private String serviceTier = "standard";
  private @Nullable Long contextOver;
  private boolean plan;
  private @Nullable String followsPlan;
  private Instant publishedAt = Instant.parse("2020-01-01T00:00:00Z");
  private final List<PriceRate> rates = new ArrayList<>();
  private final List<ModelAlias> aliases = new ArrayList<>();

  static Prices prices() {
    return new Prices();
  }

  Prices book(String id) {
    book = id;
    return this;
  }

  Prices version(int number) {
    version = number;
    return this;
  }

  Prices currency(String code) {
    currency = code;
    return this;
  }

  Prices overrideOf(String id) {
    organization = new OrganizationId(id);
    return this;
  }

  Prices plan() {
    plan = true;
    return this;
  }

  Prices followsPlan(String id) {
    followsPlan = id;
    return this;
  }

  Prices publishedAt(String instant) {
    publishedAt = Instant.parse(instant);
    return this;
  }

  Prices alias(String alias, String of) {
    aliases.add(new ModelAlias(provider, alias, of));
    return this;
  }

  Prices effectiveFrom(String instant) {
    effectiveFrom = Instant.parse(instant);
    return this;
  }

  Prices model(String providerName, String modelName) {
    provider = providerName;
    model = modelName;
    return contextOver(null);
  }

  Prices serviceTier(String name) {
    serviceTier = name;
    return this;
  }

  Prices contextOver(@Nullable Long tokens) {
    contextOver = tokens;
    return this;
  }

  Prices rate(Meter meter, String perMillion) {
    rates.add(
        new PriceRate(
            provider,
            model,
            serviceTier,
            contextOver,
            meter.wireName(),
            new BigDecimal(perMillion)));
    return this;
  }

  List<PriceRate> rates() {
    return List.copyOf(rates);
  }

  List<ModelAlias> aliases() {
    return List.copyOf(aliases);
  }

  PriceVersionClose close() {
    return PriceVersionClose.newBuilder(PricePages.base(currency, effectiveFrom, publishedAt))
        .setOrganizationId(organization == null ? null : organization.value())
        .setPlan(plan)
        .setFollowsPlan(followsPlan)
        .build();
  }

  PriceVersion build() {
    return PriceVersion.of(new PriceBookId(book), version, close(), rates, aliases);
  }
}
