/** A client of Tollgate's own public HTTP API, as every command that reads or sets up uses it. */
@NullMarked
package io.tollgate.app.api;

import org.jspecify.annotations.NullMarked;
