package io.tollgate.billing;

import io.tollgate.schemas.OrganizationId;
import java.time.Instant;
import java.util.Map;

/** The second source of reconciliation: what the topologies hold in their stores. */
@FunctionalInterface
public interface StreamsState {
  /**
   * The tallies of an organization by UTC hour.
   *
   * @throws StreamsUnavailable if they cannot be told now
   */
  Map<Instant, HourTotals> hours(OrganizationId organization);

  /** The topologies do not answer; try again later. */
  final class StreamsUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StreamsUnavailable(String message) {
      super(message);
    }

    public StreamsUnavailable(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
