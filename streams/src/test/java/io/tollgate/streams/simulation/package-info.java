/**
 * A seeded simulation of the whole line: the real topologies in real stream tasks over simulated
 * logs, and an auditor that shares no code with them.
 */
@NullMarked
package io.tollgate.streams.simulation;

import org.jspecify.annotations.NullMarked;
