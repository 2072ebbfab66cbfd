@NullMarked
package io.tollgate.app.prices;

import org.jspecify.annotations.NullMarked;
