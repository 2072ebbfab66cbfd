package io.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.http.StrictJson;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.OrganizationId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class UsagePageTest {
  private static final OrganizationId ACME = new OrganizationId("acme");
  private static final Instant DAY = Instant.parse("2026-10-01T00:00:00Z");

  @Test
  void tokensAddUpAsTheImitatedApiCountsThem() {
    UsageQuery query = query(DAY, DAY.plusSeconds(86_400), 7, Set.of(Dimension.PROJECT_ID));
    List<UsageRow> rows =
        List.of(
            row(DAY, "research", "cache_read", 300, 0, "0.000375"),
            row(DAY, "research", "cache_write_5m", 50, 0, "0"),
            row(DAY, "research", "input", 1_000, 2, "0.00125"),
            row(DAY, "research", "output", 100, 0, "0.001"),
            row(DAY, "research", "reasoning", 40, 0, "0.0004"),
            row(DAY, "research", "", 0, 1, "0"));
    assertThat(json(UsagePage.completions(query, rows, Optional.of(DAY.plusSeconds(90)))))
        .isEqualTo(
            "{\"object\":\"page\",\"data\":[{\"object\":\"bucket\",\"start_time\":1790812800,\"end_time\":1790899200,"
                + "\"results\":[{\"object\":\"organization.usage.completions.result\",\"input_tokens\":1350,"
                + "\"output_tokens\":140,\"input_cached_tokens\":300,\"input_audio_tokens\":0,"
                + "\"output_audio_tokens\":0,\"num_model_requests\":3,\"project_id\":\"research\",\"user_id\":null,"
                + "\"api_key_id\":null,\"model\":null,\"batch\":null,\"units\":{\"input\":1000,\"cache_read\":300,"
                + "\"cache_write_5m\":50,\"output\":100,\"reasoning\":40}}]}],\"has_more\":false,\"next_page\":null,"
                + "\"complete_through\":1790812890}");
  }

  @Test
  void moneyIsANumberWithExactTextAndAStringTwin() {
    UsageQuery query = query(DAY, DAY.plusSeconds(86_400), 7, Set.of());
    List<UsageRow> rows =
        List.of(
            row(DAY, null, "input", 1, 1, "12345678901234567890.000000000001"),
            row(DAY, null, "output", 1, 0, "0.5"));
    assertThat(json(UsagePage.costs(query, rows, Optional.empty())))
        .contains(
            "\"amount\":{\"value\":12345678901234567890.500000000001,"
                + "\"value_exact\":\"12345678901234567890.500000000001\",\"currency\":\"usd\"},"
                + "\"line_item\":null,\"project_id\":null")
        .endsWith("\"complete_through\":null}");
    assertThat(UsagePage.Amount.of(Money.parse("0.000000000001"), "USD").value())
        .isEqualTo("0.000000000001");
    assertThat(UsagePage.Amount.of(Money.parse("100"), "USD").value()).isEqualTo("100");
  }

  @Test
  void aBucketWithoutUsageIsThereAndEmpty() {
    UsageQuery query = query(DAY, DAY.plusSeconds(3 * 86_400), 7, Set.of());
    UsagePage page =
        UsagePage.completions(
            query,
            List.of(row(DAY.plusSeconds(86_400), null, "input", 1, 1, "0")),
            Optional.empty());
    assertThat(page.data()).extracting(bucket -> bucket.results().size()).containsExactly(0, 1, 0);
  }

  @Test
  void bucketsLieOnWholeUtcDaysAndAreCutToTheQuestion() {
    UsageQuery query = query(DAY.plusSeconds(3_600), DAY.plusSeconds(2 * 86_400 + 60), 7, Set.of());
    assertThat(query.buckets())
        .containsExactly(
            new UsageQuery.Bucket(DAY.plusSeconds(3_600), DAY.plusSeconds(86_400)),
            new UsageQuery.Bucket(DAY.plusSeconds(86_400), DAY.plusSeconds(2 * 86_400)),
            new UsageQuery.Bucket(DAY.plusSeconds(2 * 86_400), DAY.plusSeconds(2 * 86_400 + 60)));
    assertThat(query.nextPage()).isEmpty();
  }

  @Test
  void pagesFollowEachOtherWithoutGapOrOverlap() {
    UsageQuery query = query(DAY, DAY.plusSeconds(5 * 86_400), 2, Set.of());
    assertThat(query.buckets()).hasSize(2);
    assertThat(query.pageEnd()).isEqualTo(DAY.plusSeconds(2 * 86_400));
    assertThat(query.nextPage()).contains("page_MTc5MDk4NTYwMA");
  }

  @Test
  void anEndBeforeTheStartIsRefused() {
    assertThatThrownBy(() -> query(DAY, DAY, 1, Set.of()))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining("end_time");
  }

  private static UsageQuery query(Instant start, Instant end, int limit, Set<Dimension> groupBy) {
    return new UsageQuery(
        ACME, start, end, BucketWidth.DAY, start, limit, groupBy, Map.of(), List.of());
  }

  private static UsageRow row(
      Instant bucket,
      @org.jspecify.annotations.Nullable String project,
      String meter,
      long units,
      long requests,
      String cost) {
    return new UsageRow(
        bucket, project, null, null, meter, units, requests, Money.parse(cost), "USD");
  }

  private static String json(UsagePage page) {
    return new String(StrictJson.write(page), StandardCharsets.UTF_8);
  }
}
