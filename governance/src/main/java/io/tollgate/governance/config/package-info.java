/** Configuration documents of organizations and workspaces: one view of what is set on each. */
@NullMarked
package io.tollgate.governance.config;

import org.jspecify.annotations.NullMarked;
