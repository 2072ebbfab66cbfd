@NullMarked
package io.tollgate.app.run;

import org.jspecify.annotations.NullMarked;
