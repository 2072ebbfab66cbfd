package io.tollgate.billing;

import io.tollgate.schemas.Endpoints;

/**
 * What the billing role needs to know.
 *
 * @param landingGroup the consumer group of landing
 */
public record BillingConfig(
    Endpoints endpoints, ClickHouseSettings clickHouse, String landingGroup) {
  /** With landing's usual group. */
  public static BillingConfig of(Endpoints endpoints, ClickHouseSettings clickHouse) {
    return new BillingConfig(endpoints, clickHouse, LandingConfig.GROUP);
  }
}
