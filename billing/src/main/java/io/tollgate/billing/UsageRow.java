package io.tollgate.billing;

import io.tollgate.schemas.Money;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What one meter of one group adds to a bucket.
 *
 * @param bucket its start, before it was cut to the question
 * @param projectId null unless grouped by it, as the next two
 * @param meter empty for requests that told no units at all
 * @param requests those counted with this meter: each request counts with its first meter only, so
 *     that they add up
 */
record UsageRow(
    Instant bucket,
    @Nullable String projectId,
    @Nullable String apiKeyId,
    @Nullable String model,
    String meter,
    long units,
    long requests,
    Money cost,
    String currency) {

  static UsageRow read(ResultSet row, UsageQuery query) throws SQLException {
    BigDecimal units = row.getBigDecimal("unit_sum");
    return new UsageRow(
        Instant.ofEpochSecond(row.getLong("bucket")),
        query.groupBy().contains(Dimension.PROJECT_ID) ? row.getString("workspace_id") : null,
        query.groupBy().contains(Dimension.API_KEY_ID) ? row.getString("api_key_id") : null,
        UsageSql.groupsByModel(query) ? row.getString("model") : null,
        row.getString("meter"),
        units.longValueExact(),
        row.getLong("requests"),
        Money.of(row.getBigDecimal("cost_sum")),
        row.getString("currency"));
  }
}
