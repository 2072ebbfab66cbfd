/** What may be spent and what was prepaid: budgets, limits, wallets, credits and write-offs. */
@NullMarked
package io.tollgate.governance.spending;

import org.jspecify.annotations.NullMarked;
