@NullMarked
package io.tollgate.app.chaos;

import org.jspecify.annotations.NullMarked;
