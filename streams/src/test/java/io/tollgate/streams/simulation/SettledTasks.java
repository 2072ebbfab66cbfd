package io.tollgate.streams.simulation;

import java.util.HashMap;
import java.util.Map;

/**
 * Which tasks of the budget topology must have taken over all that their instances know: those that
 * have looked around several times since that changed. Edits come into force between deltas and in
 * steps; after this nothing is left of them.
 */
final class SettledTasks {
  /** One look takes over what is new, one more judges it, and one is to spare. */
  private static final int LOOKS = 3;

  private final Map<Integer, Seen> byPartition = new HashMap<>();

  private static final class Seen {
    private TablePositions at = TablePositions.NONE;
    private int looks;

    /** How far the newest instance that had the partition had read the budgets. */
    private long budgetsTo;
  }

  void see(Commit.Act act) {
    Seen seen = byPartition.computeIfAbsent(act.partition(), p -> new Seen());
    if (!seen.at.equals(act.tables())) {
      seen.at = act.tables();
      seen.looks = 0;
      seen.budgetsTo = Math.max(seen.budgetsTo, act.tables().of(AuditedTables.BUDGETS));
    }
    if (act instanceof Commit.Act.Punctuated) {
      seen.looks++;
    }
  }

  /** Whether the task did that act with nothing left to take over. */
  boolean isSettled(Commit.Act act) {
    Seen seen = byPartition.get(act.partition());
    // What an instance before knew better is in the task's state, and waits for this one's table.
    return seen != null
        && seen.looks >= LOOKS
        && seen.budgetsTo <= act.tables().of(AuditedTables.BUDGETS);
  }
}
