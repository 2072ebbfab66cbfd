@NullMarked
package io.tollgate.governance.notify;

import org.jspecify.annotations.NullMarked;
