/**
 * The control plane: tenancy, keys, budgets, prices and backfills in PostgreSQL, published through
 * an outbox.
 */
@NullMarked
package io.tollgate.governance;

import org.jspecify.annotations.NullMarked;
