/** Load benchmarks of the line: ratios measured in one run, valid only where totals are equal. */
@NullMarked
package io.tollgate.bench;

import org.jspecify.annotations.NullMarked;
