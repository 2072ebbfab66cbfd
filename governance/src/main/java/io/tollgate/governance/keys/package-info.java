/** API keys: what gateways present, of a workspace, a service account or a person. */
@NullMarked
package io.tollgate.governance.keys;

import org.jspecify.annotations.NullMarked;
