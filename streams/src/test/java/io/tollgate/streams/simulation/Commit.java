package io.tollgate.streams.simulation;

import java.util.List;

/**
 * A committed transaction as an onlooker sees it: what was done for it in order, and what was
 * written.
 *
 * @param at epoch milliseconds
 */
record Commit(
    Application application, long at, List<Act> acts, List<SimulatedBroker.Entry> written) {
  Commit {
    acts = List.copyOf(acts);
    written = List.copyOf(written);
  }

  /**
   * Something a task did in a transaction.
   *
   * @param tables what its instance knew of governance's topics
   * @param at epoch milliseconds
   */
  sealed interface Act {
    int partition();

    TablePositions tables();

    long at();

    record Read(int partition, long offset, TablePositions tables, long at) implements Act {}

    record Punctuated(int partition, TablePositions tables, long at) implements Act {}
  }
}
