@NullMarked
package io.tollgate.app.stack;

import org.jspecify.annotations.NullMarked;
