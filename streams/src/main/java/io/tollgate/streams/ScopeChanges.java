package io.tollgate.streams;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one delta added: per scope and quarter-hour. The tallies include it already.
 *
 * @param currency of the costs
 * @param seconds per scope and second of append; of organizations with a limit per minute only
 * @param appendedFrom append time of the oldest usage in the commit; null where an older version
 *     wrote the delta
 */
record ScopeChanges(
    String organizationId,
    String currency,
    Map<Scope, Map<Integer, Tally>> added,
    Map<Scope, Map<Long, RateWindow.Count>> seconds,
    @Nullable Instant appendedFrom)
    implements LimitInput {}
