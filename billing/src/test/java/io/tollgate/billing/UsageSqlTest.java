package io.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.http.Refusal;
import io.tollgate.schemas.OrganizationId;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class UsageSqlTest {
  private static final OrganizationId ACME = new OrganizationId("acme");
  private static final Instant START = Instant.parse("2026-10-01T00:00:00Z");

  @Test
  void usageIsAddedUpPerBucketGroupAndMeter() {
    SqlStatement statement =
        UsageSql.rows(
            new UsageQuery(
                ACME,
                START,
                START.plusSeconds(7_200),
                BucketWidth.HOUR,
                START,
                24,
                Set.of(Dimension.MODEL, Dimension.PROJECT_ID),
                Map.of(
                    Dimension.PROJECT_ID,
                    List.of("research", "o'hara"),
                    Dimension.MODEL,
                    List.of("gpt-5")),
                List.of("gone")));
    assertThat(statement.sql())
        .isEqualTo(
            """
            SELECT intDiv(toUnixTimestamp64Micro(event_time), 3600000000) * 3600 AS bucket,
              workspace_id, model, meter, currency,
              sum(toInt128(unit)) AS unit_sum, sum(if(ordinal > 1, 0, if(kind = 'reversal', -1, 1))) AS requests, sum(charge) AS cost_sum
            FROM usage_rated
            LEFT ARRAY JOIN meters AS meter, units AS unit, costs AS charge, arrayEnumerate(meters) AS ordinal
            WHERE organization_id = ?
              AND event_time >= fromUnixTimestamp64Micro(toInt64(?), 'UTC')
              AND event_time < fromUnixTimestamp64Micro(toInt64(?), 'UTC')
              AND workspace_id IN (?, ?)
              AND model IN (?)
              AND workspace_id NOT IN (?)
            GROUP BY bucket, workspace_id, model, meter, currency
            ORDER BY bucket, workspace_id, model, meter, currency
            LIMIT 200001\
            """);
    assertThat(statement.parameters())
        .containsExactly(
            "acme",
            1_790_812_800_000_000L,
            1_790_820_000_000_000L,
            "research",
            "o'hara",
            "gpt-5",
            "gone");
  }

  @Test
  void withoutGroupsOnlyTheMetersAreToldApart() {
    SqlStatement statement =
        UsageSql.rows(
            new UsageQuery(
                ACME,
                START,
                START.plusSeconds(60),
                BucketWidth.DAY,
                START,
                7,
                Set.of(),
                Map.of(),
                List.of()));
    assertThat(statement.sql())
        .contains("GROUP BY bucket, meter, currency\n")
        .doesNotContain("workspace_id");
  }

  @Test
  void whatIsHiddenIsNotThere() {
    UsageQuery query =
        new UsageQuery(
            ACME,
            START,
            START.plusSeconds(60),
            BucketWidth.DAY,
            START,
            7,
            Set.of(),
            Map.of(Dimension.PROJECT_ID, List.of("gone")),
            List.of());

    assertThat(query.without(Set.of("other")).hidden()).containsExactly("other");
    assertThatThrownBy(() -> query.without(Set.of("gone")))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("project_ids = gone");
  }

  @Test
  void invoiceRowsShareTheVersionAndTheRateThatPricedThem() {
    SqlStatement statement =
        InvoiceSql.rows(ACME, new InvoiceMonth(YearMonth.of(2026, 10), ZoneId.of("Europe/Berlin")));
    assertThat(statement.sql())
        .isEqualTo(
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
            LIMIT 100001\
            """);
    assertThat(statement.parameters())
        .containsExactly(
            "acme",
            Micros.of(Instant.parse("2026-09-30T22:00:00Z")),
            Micros.of(Instant.parse("2026-10-31T23:00:00Z")));
  }
}
