/**
 * What an event costs: price books, rate cards, context tiers. Pure; knows no Kafka, HTTP or JDBC.
 */
@NullMarked
package io.tollgate.rating;

import org.jspecify.annotations.NullMarked;
