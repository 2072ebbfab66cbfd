package io.tollgate.rating;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;

/**
 * What rating needs to know of an event.
 *
 * @param organization its id; decides which overrides apply
 * @param currency the organization's, ISO 4217
 * @param eventTime when the request ran; chooses the price version
 * @param model the model that served the request
 * @param serviceTier wire name
 * @param units per meter by wire name, disjoint; not copied, because one is made per event
 */
public record MeteredRequest(
    String organization,
    String currency,
    Instant eventTime,
    String provider,
    String model,
    String serviceTier,
    Map<String, Long> units) {
  public MeteredRequest {
    Objects.requireNonNull(organization, "organization");
    Objects.requireNonNull(currency, "currency");
    Objects.requireNonNull(eventTime, "eventTime");
    Objects.requireNonNull(provider, "provider");
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(serviceTier, "serviceTier");
    Objects.requireNonNull(units, "units");
  }

  /** What is priced, in details for the operator. */
  String subject() {
    return provider + "/" + model + " (" + serviceTier + ")";
  }
}
