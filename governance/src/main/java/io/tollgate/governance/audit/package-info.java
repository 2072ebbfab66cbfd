/**
 * The audit: what was refused, what can be read of it, and the proof that none of it was changed.
 */
@NullMarked
package io.tollgate.governance.audit;

import org.jspecify.annotations.NullMarked;
