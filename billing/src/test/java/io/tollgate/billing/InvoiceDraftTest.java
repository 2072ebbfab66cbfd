package io.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.Rate;
import io.tollgate.schemas.WorkspaceId;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class InvoiceDraftTest {
  private static final WorkspaceId RESEARCH = new WorkspaceId("acme-research");
  private static final WorkspaceId PRODUCT = new WorkspaceId("acme-product");
  private static final InvoiceMonth OCTOBER =
      new InvoiceMonth(YearMonth.of(2026, 10), ZoneId.of("Europe/Berlin"));
  private static final InvoiceDraft.Addressee ACME =
      new InvoiceDraft.Addressee(
          new OrganizationId("acme"),
          "Acme Corporation",
          Currency.getInstance("USD"),
          Map.of(RESEARCH, "Research", PRODUCT, "Product"));
  private static final List<InvoiceRow> ROWS =
      List.of(
          row(RESEARCH, "gpt-5", null, 1, Meter.INPUT, "1.25", 22_361_870),
          row(RESEARCH, "gpt-5", null, 1, Meter.OUTPUT, "10", 4_088_665),
          row(RESEARCH, "gpt-5", null, 2, Meter.INPUT, "1.3", 1),
          row(PRODUCT, "gemini-2.5-pro", 200_000L, 1, Meter.INPUT, "2.5", 1_000_002),
          row(PRODUCT, "gemini-2.5-pro", null, 1, Meter.CACHE_READ, "0.125", 40_000));

  @Test
  void readsAsTheGoldenText() throws IOException {
    String text = InvoiceText.of(InvoiceDraft.of(ACME, OCTOBER, ROWS));
    assertThat(text).isEqualTo(golden("invoice.txt"));
  }

  @Test
  void readsAsTheGoldenJson() throws IOException {
    byte[] json = InvoiceJson.of(InvoiceDraft.of(ACME, OCTOBER, ROWS)).bytes();
    assertThat(new String(json, StandardCharsets.UTF_8) + "\n").isEqualTo(golden("invoice.json"));
  }

  @Test
  void theOrderOfRowsChangesNoByte() {
    byte[] first = InvoiceJson.of(InvoiceDraft.of(ACME, OCTOBER, ROWS)).bytes();
    List<InvoiceRow> shuffled = new ArrayList<>(ROWS);
    Collections.shuffle(shuffled, new Random(7));
    assertThat(InvoiceJson.of(InvoiceDraft.of(ACME, OCTOBER, shuffled)).bytes()).isEqualTo(first);
  }

  @Test
  void roundsOnceOnTheLineAndHalfToEven() {
    List<InvoiceRow> rows =
        List.of(
            row(RESEARCH, "a", null, 1, Meter.INPUT, "5000", 1),
            row(RESEARCH, "b", null, 1, Meter.INPUT, "15000", 1),
            row(RESEARCH, "c", null, 1, Meter.INPUT, "5000.000001", 1));
    InvoiceDraft draft = InvoiceDraft.of(ACME, OCTOBER, rows);
    assertThat(draft.workspaces().getFirst().lines())
        .extracting(InvoiceLine::amount)
        .containsExactly(new BigDecimal("0.00"), new BigDecimal("0.02"), new BigDecimal("0.01"));
    assertThat(draft.total()).isEqualTo(new BigDecimal("0.03"));
    assertThat(draft.totalExact()).isEqualTo(Money.parse("0.025000000001"));
  }

  @Test
  void amountsHaveTheMinorUnitOfTheCurrency() {
    InvoiceDraft.Addressee yen =
        new InvoiceDraft.Addressee(
            ACME.organization(), "Acme", Currency.getInstance("JPY"), Map.of());
    InvoiceDraft draft = InvoiceDraft.of(yen, OCTOBER, ROWS);
    assertThat(draft.total()).isEqualTo(new BigDecimal("72"));
    assertThat(draft.workspaces().getFirst().name()).as("no name known").isEqualTo("acme-product");
  }

  @Test
  void aMonthWithoutUsageIsAnInvoiceOverNothing() {
    InvoiceDraft draft = InvoiceDraft.of(ACME, OCTOBER, List.of());
    assertThat(draft.total()).isEqualTo(new BigDecimal("0.00"));
    assertThat(InvoiceText.of(draft)).contains("TOTAL").contains("Price versions used: none");
  }

  @Test
  void aRowThatContradictsItselfIsRefused() {
    InvoiceRow altered =
        new InvoiceRow(
            RESEARCH,
            "openai",
            "gpt-5",
            "standard",
            null,
            new PriceBookId("base"),
            1,
            Meter.INPUT,
            Rate.parse("1.25"),
            1_000_000,
            Money.parse("1.250000000001"));
    assertThatThrownBy(() -> InvoiceDraft.of(ACME, OCTOBER, List.of(altered)))
        .isInstanceOf(InvoiceDraft.DoesNotRecompute.class)
        .hasMessageContaining("acme-research")
        .hasMessageContaining("1.250000000000, but 1.250000000001");
  }

  @Test
  void aMonthIsCutInTheTimeZoneOfTheOrganization() {
    assertThat(OCTOBER.start()).isEqualTo(Instant.parse("2026-09-30T22:00:00Z"));
    assertThat(OCTOBER.end())
        .as("daylight saving has ended")
        .isEqualTo(Instant.parse("2026-10-31T23:00:00Z"));
    assertThat(InvoiceMonth.parse("2026-10")).isEqualTo(YearMonth.of(2026, 10));
    assertThatThrownBy(() -> InvoiceMonth.parse("2026-13")).isInstanceOf(InvalidInput.class);
    assertThatThrownBy(() -> InvoiceMonth.parse("0026-01")).isInstanceOf(InvalidInput.class);
  }

  private static InvoiceRow row(
      WorkspaceId workspace,
      String model,
      @Nullable Long contextOver,
      int version,
      Meter meter,
      String rate,
      long quantity) {
    Rate priced = Rate.parse(rate);
    return new InvoiceRow(
        workspace,
        model.startsWith("gemini") ? "google" : "openai",
        model,
        "standard",
        contextOver,
        new PriceBookId("base"),
        version,
        meter,
        priced,
        quantity,
        priced.cost(quantity));
  }

  private static String golden(String file) throws IOException {
    return Files.readString(Path.of("src", "test", "resources", "golden", file));
  }
}
