@NullMarked
package io.tollgate.ingest;

import org.jspecify.annotations.NullMarked;
