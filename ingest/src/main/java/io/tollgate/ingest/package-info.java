/**
 * The gateways' door: the publisher SDK and the HTTP intake. Both end in records of {@code
 * usage.events}.
 */
@NullMarked
package io.tollgate.ingest;

import org.jspecify.annotations.NullMarked;
