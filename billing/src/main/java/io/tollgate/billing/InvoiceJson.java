package io.tollgate.billing;

import io.tollgate.http.StrictJson;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An invoice as JSON; amounts and rates are strings with exact decimals. */
record InvoiceJson(
    String object,
    String status,
    String organizationId,
    String organizationName,
    String month,
    String timeZone,
    String periodStart,
    String periodEnd,
    String currency,
    String rounding,
    int minorUnitDigits,
    List<Part> workspaces,
    String totalExact,
    String total,
    List<PriceVersion> priceVersions) {

  record Part(
      String workspaceId, String name, List<Line> lines, String subtotalExact, String subtotal) {}

  record Line(
      String provider,
      String model,
      String serviceTier,
      @Nullable Long contextOver,
      String meter,
      long quantity,
      String rate,
      String priceBookId,
      int priceVersion,
      String amountExact,
      String amount) {}

  record PriceVersion(String priceBookId, int priceVersion) {}

  static InvoiceJson of(InvoiceDraft invoice) {
    return new InvoiceJson(
        "invoice",
        "draft",
        invoice.addressee().organization().value(),
        invoice.addressee().name(),
        invoice.month().month().toString(),
        invoice.month().zone().getId(),
        time(invoice.month().start()),
        time(invoice.month().end()),
        invoice.addressee().currency().getCurrencyCode(),
        InvoiceLine.ROUNDING.name().toLowerCase(Locale.ROOT),
        invoice.minorUnitDigits(),
        invoice.workspaces().stream().map(InvoiceJson::part).toList(),
        invoice.totalExact().toString(),
        invoice.total().toPlainString(),
        invoice.priceVersions().stream()
            .map(version -> new PriceVersion(version.priceBookId().value(), version.priceVersion()))
            .toList());
  }

  private static Part part(InvoiceDraft.WorkspacePart part) {
    return new Part(
        part.workspace().value(),
        part.name(),
        part.lines().stream().map(InvoiceJson::line).toList(),
        part.subtotalExact().toString(),
        part.subtotal().toPlainString());
  }

  private static Line line(InvoiceLine line) {
    InvoiceRow row = line.row();
    return new Line(
        row.provider(),
        row.model(),
        row.serviceTier(),
        row.contextOver(),
        row.meter().wireName(),
        row.quantity(),
        row.rate().toString(),
        row.priceBook().value(),
        row.priceVersion(),
        row.cost().toString(),
        line.amount().toPlainString());
  }

  private static String time(Instant instant) {
    return instant.toString();
  }

  byte[] bytes() {
    return StrictJson.write(this);
  }
}
