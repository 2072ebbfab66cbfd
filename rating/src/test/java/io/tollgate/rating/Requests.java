package io.tollgate.rating;

import io.tollgate.schemas.Meter;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** A request with a default for everything. */
final class Requests {
  private String organization = "acme";
  private String currency = "USD";
  private Instant eventTime = Instant.parse("2026-06-15T12:00:00Z");
  private String provider = "openai";
  private String model = "gpt-4o";
  private String serviceTier = "standard";
  private final Map<String, Long> units = new HashMap<>();

  static Requests request() {
    return new Requests();
  }

  Requests organization(String id) {
    organization = id;
    return this;
  }

  Requests currency(String code) {
    currency = code;
    return this;
  }

  Requests at(String instant) {
    eventTime = Instant.parse(instant);
    return this;
  }

  Requests model(String providerName, String modelName) {
    provider = providerName;
    model = modelName;
    return this;
  }

  Requests serviceTier(String name) {
    serviceTier = name;
    return this;
  }

  Requests units(Meter meter, long count) {
    units.put(meter.wireName(), count);
    return this;
  }

  Requests noUnits() {
    units.clear();
    return this;
  }

  MeteredRequest build() {
    return new MeteredRequest(
        organization, currency, eventTime, provider, model, serviceTier, Map.copyOf(units));
  }
}
