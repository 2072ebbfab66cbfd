/** Real processes, killed; every total is held against the generator's own. */
@NullMarked
package io.tollgate.app.fault;

import org.jspecify.annotations.NullMarked;
