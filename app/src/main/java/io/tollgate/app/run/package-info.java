/**
 * A workload's way through a running stack: set up tenants, publish, watch, wait until it is
 * landed, compare, report.
 */
@NullMarked
package io.tollgate.app.run;

import org.jspecify.annotations.NullMarked;
