@NullMarked
package io.tollgate.app.workload;

import org.jspecify.annotations.NullMarked;
