/** What things cost: price books, their versions, re-rates and backfills. */
@NullMarked
package io.tollgate.governance.prices;

import org.jspecify.annotations.NullMarked;
