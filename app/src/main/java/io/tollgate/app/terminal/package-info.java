/** What people see: tables, money, and a view that is drawn again in place on a terminal. */
@NullMarked
package io.tollgate.app.terminal;

import org.jspecify.annotations.NullMarked;
