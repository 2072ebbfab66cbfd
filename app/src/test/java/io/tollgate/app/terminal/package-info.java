@NullMarked
package io.tollgate.app.terminal;

import org.jspecify.annotations.NullMarked;
