@NullMarked
package io.tollgate.governance.audit;

import org.jspecify.annotations.NullMarked;
