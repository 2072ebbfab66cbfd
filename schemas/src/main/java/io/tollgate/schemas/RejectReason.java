package io.tollgate.schemas;

import java.util.Locale;

/** Why a record of usage.events can never be billed as it is. */
public enum RejectReason {
  /** The bytes are not a usage event in a known schema. */
  MALFORMED,
  /** A field breaks a rule of {@link UsageEventRules}. */
  INVALID,
  /** Same organization, source and id as an accepted event, other body. */
  CONFLICT,
  /** Older than the accepted lateness and no open backfill admits it. */
  LATE,
  /** Dated further in the future than clocks may differ. */
  FUTURE,
  /** Organization, workspace, key or backfill still unknown after the wait. */
  UNKNOWN_TENANT,
  /** The workspace is not the organization's or the key is not the workspace's. */
  FOREIGN_TENANT,
  /** The organization, workspace or key was not valid at event time. */
  EXPIRED,
  /** Too many events wait already. */
  WAITING_FULL,
  /** On a partition that is not its own, although it was re-routed once. */
  MISPLACED,
  /** A kind of event that this version does not process. */
  UNSUPPORTED,
  /** A correction of an event that did not come within the wait. */
  UNKNOWN_ORIGINAL,
  /** Without a price, and too many events of its organization wait for one already. */
  PARKING_FULL;

  private final String wireName = name().toLowerCase(Locale.ROOT);

  public String wireName() {
    return wireName;
  }
}
