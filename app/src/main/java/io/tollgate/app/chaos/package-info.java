/**
 * Faults on real processes under traffic, and an auditor who knows what the totals must be. Shares
 * no code with rating and streams.
 */
@NullMarked
package io.tollgate.app.chaos;

import org.jspecify.annotations.NullMarked;
