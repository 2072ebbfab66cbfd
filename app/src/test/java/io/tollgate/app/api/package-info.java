@NullMarked
package io.tollgate.app.api;

import org.jspecify.annotations.NullMarked;
