@NullMarked
package io.tollgate.governance.store;

import org.jspecify.annotations.NullMarked;
