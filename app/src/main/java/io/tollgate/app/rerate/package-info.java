/**
 * A re-rate: events that another price version has priced get amendments, which change nothing but
 * the price. The plan is pure.
 */
@NullMarked
package io.tollgate.app.rerate;

import org.jspecify.annotations.NullMarked;
