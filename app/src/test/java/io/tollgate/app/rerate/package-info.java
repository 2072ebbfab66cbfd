@NullMarked
package io.tollgate.app.rerate;

import org.jspecify.annotations.NullMarked;
