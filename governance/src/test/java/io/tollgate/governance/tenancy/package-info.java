@NullMarked
package io.tollgate.governance.tenancy;

import org.jspecify.annotations.NullMarked;
