package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.Credit;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.UsageDelta;
import io.tollgate.schemas.avro.Wallet;
import io.tollgate.schemas.avro.Workspace;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Good records of what the budget topology reads; a test sets only what matters to it. */
final class BudgetRecords {
  private BudgetRecords() {}

  /** 10 USD a month on the organization, at 80 % and 100 %. */
  static Budget.Builder budget() {
    return Budget.newBuilder()
        .setBudgetId("bud")
        .setOrganizationId("acme")
        .setScope(ScopeKind.ORGANIZATION)
        .setName("Monthly")
        .setAmount(Money.parse("10").value())
        .setCurrency("USD")
        .setPeriod("month")
        .setThresholds(List.of(new BigDecimal("0.800000"), new BigDecimal("1.000000")))
        .setHard(false)
        .setVersion(1);
  }

  /** On acme's key k1, without any limit yet. */
  static Limit.Builder limit() {
    return Limit.newBuilder()
        .setOrganizationId("acme")
        .setScope(ScopeKind.API_KEY)
        .setWorkspaceId("ws")
        .setApiKeyId("k1")
        .setVersion(1);
  }

  /** Acme's, open since June 1, without marks, stopping at zero. */
  static Wallet.Builder wallet() {
    return Wallet.newBuilder()
        .setOrganizationId("acme")
        .setCurrency("USD")
        .setOpenedAt(Instant.parse("2026-06-01T00:00:00Z"))
        .setLowBalance(List.of())
        .setStopAtZero(true)
        .setVersion(1);
  }

  static Credit credit(String id, String amount) {
    return Credit.newBuilder()
        .setCreditId(id)
        .setOrganizationId("acme")
        .setAmount(Money.parse(amount).value())
        .setCurrency("USD")
        .setReason("paid")
        .setGrantedAt(Instant.parse("2026-06-01T00:00:00Z"))
        .build();
  }

  static Workspace.Builder workspace(String id) {
    return Workspace.newBuilder()
        .setWorkspaceId(id)
        .setOrganizationId("acme")
        .setName(id)
        .setValidFrom(Instant.parse("2026-01-01T00:00:00Z"))
        .setVersion(1);
  }

  static ApiKey.Builder apiKey(String workspace, String id) {
    return ApiKey.newBuilder()
        .setApiKeyId(id)
        .setOrganizationId("acme")
        .setWorkspaceId(workspace)
        .setName(id)
        .setValidFrom(Instant.parse("2026-01-01T00:00:00Z"))
        .setVersion(1);
  }

  static Organization.Builder organization() {
    return Organization.newBuilder()
        .setOrganizationId("acme")
        .setName("Acme")
        .setTimeZone("UTC")
        .setCurrency("USD")
        .setValidFrom(Instant.parse("2026-01-01T00:00:00Z"))
        .setVersion(1);
  }

  static UsageDelta.Builder delta(long nextOffset, DeltaEntry... entries) {
    return UsageDelta.newBuilder()
        .setOrganizationId("acme")
        .setGeneration(1)
        .setPartition(0)
        .setNextOffset(nextOffset)
        .setPart(0)
        .setParts(1)
        .setCurrency("USD")
        .setCommittedAt(Instant.parse("2026-06-15T12:00:00Z"))
        .setEntries(List.of(entries));
  }

  static DeltaEntry entry(String workspace, String key, Instant time, String cost) {
    return DeltaEntry.newBuilder()
        .setWorkspaceId(workspace)
        .setApiKeyId(key)
        .setQuarterHour(io.tollgate.schemas.QuarterHour.of(time).number())
        .setRequests(1)
        .setUnits(new HashMap<>(Map.of("input", 100L)))
        .setCost(Money.parse(cost).value())
        .build();
  }
}
