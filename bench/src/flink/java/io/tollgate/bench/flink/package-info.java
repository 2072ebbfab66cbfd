/** The bench's comparison job on Flink: Java 17, none of the product's classes. */
@NullMarked
package io.tollgate.bench.flink;

import org.jspecify.annotations.NullMarked;
