package io.tollgate.streams;

import java.util.Map;

/**
 * What one delta added: per scope and quarter-hour. The tallies include it already.
 *
 * @param currency of the costs
 * @param seconds per scope and second of append; of organizations with a limit per minute only
 */
record ScopeChanges(
    String organizationId,
    String currency,
    Map<Scope, Map<Integer, Tally>> added,
    Map<Scope, Map<Long, RateWindow.Count>> seconds)
    implements LimitInput {}
