@NullMarked
package io.tollgate.governance.prices;

import org.jspecify.annotations.NullMarked;
