/**
 * The process that runs the roles: where its data is, how it is started, found and stopped, and
 * what it is wired of.
 */
@NullMarked
package io.tollgate.app.stack;

import org.jspecify.annotations.NullMarked;
