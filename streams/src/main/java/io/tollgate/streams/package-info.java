/** The Kafka Streams topologies: usage events to priced usage, priced usage to budget alerts. */
@NullMarked
package io.tollgate.streams;

import org.jspecify.annotations.NullMarked;
