package io.tollgate.streams;

/**
 * What the processors of a task share, because part of it is in memory.
 *
 * @param subjects which users, models and features are tallied
 */
record TaskTallies(Tallies tallies, TalliedSubjects subjects, CommitRequests commits) {}
