package io.tollgate.streams;

import java.util.Map;

/**
 * What one delta added: per scope and quarter-hour. The tallies include it already.
 *
 * @param currency of the costs
 */
record ScopeChanges(String organizationId, String currency, Map<Scope, Map<Integer, Tally>> added)
    implements LimitInput {}
