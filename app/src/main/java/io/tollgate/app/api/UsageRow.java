package io.tollgate.app.api;

import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import java.math.BigDecimal;

/**
 * What one workspace used of one model, as the public HTTP API tells it.
 *
 * @param inputTokens cache reads and writes included
 * @param cost exact, in the currency
 * @param currency ISO 4217
 */
public record UsageRow(
    OrganizationId organization,
    WorkspaceId workspace,
    String model,
    long requests,
    long inputTokens,
    long outputTokens,
    BigDecimal cost,
    String currency) {}
