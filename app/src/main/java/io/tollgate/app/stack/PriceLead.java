package io.tollgate.app.stack;

import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.schemas.InvalidInput;
import java.time.Duration;
import java.util.Map;

/**
 * How long after its publication a price version takes effect at the earliest, and may be used for
 * a re-rate, as the installation says it: five minutes unless told.
 */
final class PriceLead {
  static final String SECONDS = "TOLLGATE_PRICE_LEAD_SECONDS";
  static final String SHORT = "TOLLGATE_PRICE_LEAD_SHORT";

  private static final Duration LONGEST = Duration.ofDays(1);

  private PriceLead() {}

  /**
   * Reads it.
   *
   * @throws InvalidInput naming the variable, if it is no number, too long, or so short that an
   *     instance which is a little behind would price by the version before; unless {@value #SHORT}
   *     says that it is meant
   */
  static Duration of(Map<String, String> environment) {
    String usual = Long.toString(GovernanceConfig.PRICE_LEAD.toSeconds());
    String text = environment.getOrDefault(SECONDS, usual);
    InvalidInput.unless(
        text.matches("[0-9]{1,6}"), SECONDS, text, "must be a whole number of seconds");
    Duration lead = Duration.ofSeconds(Long.parseLong(text));
    InvalidInput.unless(
        lead.compareTo(LONGEST) <= 0,
        SECONDS,
        text,
        "must be at most " + LONGEST.toSeconds() + ", a day");
    InvalidInput.unless(
        lead.compareTo(GovernanceConfig.SHORTEST_PRICE_LEAD) >= 0
            || environment.getOrDefault(SHORT, "").equals("true"),
        SECONDS,
        text,
        "must be at least "
            + GovernanceConfig.SHORTEST_PRICE_LEAD.toSeconds()
            + ": an instance that has not got a version when it takes effect prices by the one"
            + " before. Where that does no harm, as in a trial, "
            + SHORT
            + "=true allows less");
    return lead;
  }
}
