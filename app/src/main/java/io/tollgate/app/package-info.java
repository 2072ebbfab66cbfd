/** The command line, and the wiring of the roles into one process. */
@NullMarked
package io.tollgate.app;

import org.jspecify.annotations.NullMarked;
