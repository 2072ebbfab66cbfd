package io.tollgate.billing;

import io.tollgate.schemas.Endpoints;

/**
 * What a process that lands usage needs to know.
 *
 * @param group the consumer group whose offsets hold the plans; one for all landing processes of an
 *     installation
 */
public record LandingConfig(
    Endpoints endpoints, ClickHouseSettings clickHouse, String group, LandingLimits limits) {
  static final String GROUP = "tollgate-landing";
  private static final String REJECTED_GROUP = "tollgate-landing-rejected";

  public LandingConfig {
    if (group.isBlank()) {
      throw new IllegalArgumentException("the consumer group must have a name");
    }
  }

  /** The usual group and limits. */
  public static LandingConfig of(Endpoints endpoints, ClickHouseSettings clickHouse) {
    return new LandingConfig(endpoints, clickHouse, GROUP, LandingLimits.standard());
  }

  /** The usual group and limits for rejected usage. */
  public static LandingConfig ofRejected(Endpoints endpoints, ClickHouseSettings clickHouse) {
    return new LandingConfig(endpoints, clickHouse, REJECTED_GROUP, LandingLimits.ofFew());
  }
}
