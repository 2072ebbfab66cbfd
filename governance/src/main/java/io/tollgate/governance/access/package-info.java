/** Who may do what: the operator's, admin and API keys. */
@NullMarked
package io.tollgate.governance.access;

import org.jspecify.annotations.NullMarked;
