package io.tollgate.streams.simulation;

/** What a simulation makes happen; each kind must occur often enough over all seeds. */
enum EventKind {
  USAGE,
  DUPLICATE,
  /** Same id, other body. */
  CONFLICT,
  /** Dated hours or days back, and accepted. */
  OUT_OF_ORDER,
  /** Dated further back than accepted. */
  LATE,
  /** Dated a few minutes ahead, and accepted. */
  AHEAD_OF_CLOCK,
  /** Dated further ahead than clocks may differ. */
  FUTURE,
  MALFORMED,
  /** Breaks a rule of the event's fields. */
  INVALID,
  /** On another partition than its own. */
  MISPLACED,
  /** Marked as re-routed, and still on the wrong partition. */
  MISPLACED_TWICE,
  /** Names a key that is published later, or not in time. */
  WAITING_TENANT,
  /** Names a key that is never published. */
  UNKNOWN_TENANT,
  /** Names a key of another workspace. */
  FOREIGN_TENANT,
  /** Dated after the end of its key. */
  EXPIRED_KEY,
  /** Names a model that has no price yet. */
  UNRATED,
  /** Has no price, and finds no place to wait for one. */
  PARKING_FULL,
  /** Above a context tier. */
  LONG_CONTEXT,
  /** In another service tier. */
  BATCH,
  /** Names its model by an alias or so that only a pattern matches. */
  OTHER_NAME,
  /** Of history, admitted by a backfill. */
  BACKFILLED,
  VOID,
  AMENDMENT,
  /** A void before its original. */
  VOID_AHEAD,
  AMENDMENT_AHEAD,
  /** Names a body that is in force no more, or an original that is void. */
  OUTDATED_CORRECTION,
  /** Names an original that never comes. */
  ORPHANED_CORRECTION,
  WRITE_OFF,
  PRICE_CHANGE,
  NEW_PRICE,
  TENANT_PUBLISHED,
  BUDGET_ADDED,
  BUDGET_EDITED,
  BUDGET_DELETED,
  LIMIT_SET,
  LIMIT_DELETED,
  WALLET_OPENED,
  WALLET_EDITED,
  CREDIT,
  /** What was credited is taken back, all of it or a part. */
  CREDIT_CORRECTED,
  /** An organization moves to another time zone. */
  ZONE_CHANGED,
  COMMIT,
  TABLES_LAG,
  CRASH,
  DIRTY_CLOSE,
  MOVE,
  ZOMBIE
}
