@org.jspecify.annotations.NullMarked
package io.tollgate.governance.access;
