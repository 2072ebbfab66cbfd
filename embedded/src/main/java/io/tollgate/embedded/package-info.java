/** Kafka, a schema registry, PostgreSQL and ClickHouse as real local processes. */
@NullMarked
package io.tollgate.embedded;

import org.jspecify.annotations.NullMarked;
