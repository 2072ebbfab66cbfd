/** The language all parts of Tollgate speak: ids, money, meters, events, topics, serdes. */
@NullMarked
package io.tollgate.schemas;

import org.jspecify.annotations.NullMarked;
