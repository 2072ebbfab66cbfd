/** The tenancy tree: organizations and their workspaces. */
@NullMarked
package io.tollgate.governance.tenancy;

import org.jspecify.annotations.NullMarked;
