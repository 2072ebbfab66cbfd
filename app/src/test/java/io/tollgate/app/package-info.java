@NullMarked
package io.tollgate.app;

import org.jspecify.annotations.NullMarked;
