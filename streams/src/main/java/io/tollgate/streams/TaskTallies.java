package io.tollgate.streams;

/**
 * What the processors of a task share of its tallies, because part of it is in memory.
 *
 * @param subjects which users, models and features are tallied
 */
record TaskTallies(Tallies tallies, TalliedSubjects subjects) {}
