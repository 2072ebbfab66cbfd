/**
 * What every role that speaks HTTP shares: who calls, what they may do, strict JSON, and one form
 * of error.
 */
@NullMarked
package io.tollgate.http;

import org.jspecify.annotations.NullMarked;
