/**
 * The traffic that demo, replay and generate push: tenants, prices, generated or recorded requests,
 * and what the workload itself counted. Pure, but for reading and writing trace files; knows
 * nothing of Kafka or HTTP.
 */
@NullMarked
package io.tollgate.app.workload;

import org.jspecify.annotations.NullMarked;
