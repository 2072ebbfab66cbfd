@NullMarked
package io.tollgate.governance.config;

import org.jspecify.annotations.NullMarked;
