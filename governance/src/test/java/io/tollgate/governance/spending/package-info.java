@NullMarked
package io.tollgate.governance.spending;

import org.jspecify.annotations.NullMarked;
