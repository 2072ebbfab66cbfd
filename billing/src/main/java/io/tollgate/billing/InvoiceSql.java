package io.tollgate.billing;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.Rate;
import io.tollgate.schemas.WorkspaceId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/**
 * Adds the charges of a month up, in the database. Sums run in 128 bits, because 64 would wrap in
 * silence. A reversal counts in the month of the usage it takes back; what was taken back whole is
 * no line.
 */
final class InvoiceSql {
  /** More distinct lines than anyone reads; a bound on memory. */
  static final int MOST_ROWS = 100_000;

  private InvoiceSql() {}

  static SqlStatement rows(OrganizationId organization, InvoiceMonth month) {
    return new SqlStatement.Builder()
        .add(
            """
            SELECT workspace_id, provider, model, service_tier, context_over, price_book_id, price_version,
              meter, rate, currency, sum(toInt128(unit)) AS quantity, sum(charge) AS amount
            FROM usage_rated
            ARRAY JOIN meters AS meter, units AS unit, rates AS rate, costs AS charge
            WHERE organization_id = ?
              AND event_time >= fromUnixTimestamp64Micro(toInt64(?), 'UTC')
              AND event_time < fromUnixTimestamp64Micro(toInt64(?), 'UTC')
              AND rate IS NOT NULL
            GROUP BY workspace_id, provider, model, service_tier, context_over, price_book_id, price_version,
              meter, rate, currency
            HAVING quantity != 0 OR amount != 0
            """,
            organization.value(),
            Micros.of(month.start()),
            Micros.of(month.end()))
        .add("LIMIT " + (MOST_ROWS + 1))
        .build();
  }

  /**
   * Reads one row of the result.
   *
   * @throws IllegalStateException if it is in another currency than the organization's, which is
   *     fixed for good
   */
  static InvoiceRow read(ResultSet row, String currency) throws SQLException {
    String landed = row.getString("currency");
    if (!landed.equals(currency)) {
      throw new IllegalStateException(
          "landed rows in " + landed + " for an organization with " + currency);
    }
    long over = row.getLong("context_over");
    // Of the column read last, hence asked at once.
    boolean base = row.wasNull();
    return new InvoiceRow(
        new WorkspaceId(row.getString("workspace_id")),
        row.getString("provider"),
        row.getString("model"),
        row.getString("service_tier"),
        base ? null : over,
        new PriceBookId(row.getString("price_book_id")),
        row.getInt("price_version"),
        Meter.of(row.getString("meter")),
        new Rate(row.getBigDecimal("rate")),
        row.getBigDecimal("quantity").longValueExact(),
        Money.of(row.getBigDecimal("amount")));
  }

  static List<InvoiceRow> bounded(List<InvoiceRow> rows) {
    InvalidInput.unless(
        rows.size() <= MOST_ROWS,
        "month",
        rows.size(),
        "has more than " + MOST_ROWS + " invoice lines");
    return rows;
  }
}
