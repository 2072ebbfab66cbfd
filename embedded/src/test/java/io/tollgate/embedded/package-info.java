@NullMarked
package io.tollgate.embedded;

import org.jspecify.annotations.NullMarked;
