package io.tollgate.bench;

import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.Quality;
import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.UsageEvent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A hard budget on a key of its own, and what gateways have let through: each request costs the
 * same, and the budget is crossed by the one that brings what was let through to its amount.
 */
final class HardBudget {
  static final String ORGANIZATION = "org-overshoot";
  static final String WORKSPACE = "ws-overshoot";

  /** 1,000 input and 100 output tokens, in dollars at scale 12. */
  static final BigDecimal COST =
      BigDecimal.valueOf(1_000 * Workload.INPUT_PICOS + 100 * Workload.OUTPUT_PICOS, 12);

  private final String key;
  private final long requestsToCross;
  private long admitted;
  private long crossedAt;
  private long lastAt;

  /**
   * @param requestsToCross how many requests come to its amount
   */
  HardBudget(String key, long requestsToCross) {
    this.key = key;
    this.requestsToCross = requestsToCross;
  }

  String key() {
    return key;
  }

  ApiKey apiKey() {
    return new ApiKey(key, ORGANIZATION, WORKSPACE, key, ReferenceData.SINCE, null, 1);
  }

  Budget budget() {
    return Budget.newBuilder()
        .setBudgetId("budget-" + key)
        .setOrganizationId(ORGANIZATION)
        .setScope(ScopeKind.API_KEY)
        .setWorkspaceId(WORKSPACE)
        .setApiKeyId(key)
        .setName("stops its key")
        .setAmount(COST.multiply(BigDecimal.valueOf(requestsToCross)))
        .setCurrency("USD")
        .setPeriod("total")
        .setThresholds(List.of(new BigDecimal("1.000000")))
        .setHard(true)
        .setVersion(1)
        .build();
  }

  /** A gateway lets a request through now; the usage that it has to report. */
  synchronized UsageEvent admit(long nanos) {
    admitted++;
    if (admitted == requestsToCross) {
      crossedAt = nanos;
      lastAt = nanos;
    } else if (admitted > requestsToCross) {
      lastAt = Math.max(lastAt, nanos);
    }
    return UsageEvent.newBuilder()
        .setSource("gateway-overshoot")
        .setId(key + "-" + admitted)
        .setEventTime(Instant.now())
        .setOrganizationId(ORGANIZATION)
        .setWorkspaceId(WORKSPACE)
        .setApiKeyId(key)
        .setProvider("bench")
        .setModel(Workload.MODELS[0])
        .setServiceTier("standard")
        .setUnits(Map.of("input", 1_000L, "output", 100L))
        .setQuality(Quality.REPORTED)
        .build();
  }

  synchronized boolean isCrossed() {
    return admitted >= requestsToCross;
  }

  /** What was let through, in dollars. */
  synchronized BigDecimal spent() {
    return COST.multiply(BigDecimal.valueOf(admitted));
  }

  /** Requests that were let through although the amount had been reached. */
  synchronized long requestsOver() {
    return Math.max(0, admitted - requestsToCross);
  }

  /** From the request that reached the amount to the last that was let through. */
  synchronized long millisOver() {
    return TimeUnit.NANOSECONDS.toMillis(lastAt - crossedAt);
  }
}
