/** What finance sees: landed usage, queries over it, invoices, and proof that they balance. */
@NullMarked
package io.tollgate.billing;

import org.jspecify.annotations.NullMarked;
