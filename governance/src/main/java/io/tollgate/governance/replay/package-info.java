/** Sends rejected usage into the line again. */
@NullMarked
package io.tollgate.governance.replay;

import org.jspecify.annotations.NullMarked;
