package io.tollgate.billing;

import io.tollgate.billing.TextTable.Side;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.stream.Collectors;

/** An invoice as text for people, in UTF-8 and with line feeds whatever the platform. */
final class InvoiceText {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm xxx");

  private InvoiceText() {}

  static String of(InvoiceDraft invoice) {
    String currency = invoice.addressee().currency().getCurrencyCode();
    StringBuilder text = new StringBuilder();
    text.append("INVOICE (draft) ").append(invoice.month().month()).append("\n\n");
    text.append(
        new TextTable(Side.LEFT, Side.LEFT)
            .row(
                "Organization",
                invoice.addressee().name() + " (" + invoice.addressee().organization() + ")")
            .row(
                "Period",
                TIME.format(start(invoice))
                    + " to "
                    + TIME.format(invoice.month().end().atZone(invoice.month().zone()))
                    + ", "
                    + invoice.month().zone())
            .row("Currency", currency)
            .row(
                "Rounding",
                "each line once, half to even, to "
                    + BigDecimal.ONE.movePointLeft(invoice.minorUnitDigits()))
            .format(""));
    for (InvoiceDraft.WorkspacePart part : invoice.workspaces()) {
      text.append("\nWorkspace ")
          .append(part.name())
          .append(" (")
          .append(part.workspace())
          .append(")\n");
      text.append(lines(part).format("  "));
    }
    text.append('\n');
    text.append(
        new TextTable(Side.LEFT, Side.RIGHT, Side.LEFT)
            .row("Total exact", grouped(invoice.totalExact().value()), currency)
            .row("TOTAL", grouped(invoice.total()), currency)
            .format(""));
    text.append("\nPrice versions used: ")
        .append(
            invoice.priceVersions().isEmpty()
                ? "none"
                : invoice.priceVersions().stream()
                    .map(PriceVersionName::toString)
                    .collect(Collectors.joining(", ")))
        .append("\nExact amount of a line: quantity × rate / 1,000,000.\n");
    return text.toString();
  }

  private static ZonedDateTime start(InvoiceDraft invoice) {
    return invoice.month().start().atZone(invoice.month().zone());
  }

  private static TextTable lines(InvoiceDraft.WorkspacePart part) {
    TextTable table =
        new TextTable(
            Side.LEFT,
            Side.LEFT,
            Side.LEFT,
            Side.LEFT,
            Side.LEFT,
            Side.RIGHT,
            Side.RIGHT,
            Side.RIGHT,
            Side.RIGHT);
    table.row(
        "model",
        "meter",
        "service tier",
        "context",
        "price version",
        "quantity",
        "rate per 1M",
        "amount exact",
        "amount");
    for (InvoiceLine line : part.lines()) {
      InvoiceRow row = line.row();
      Long over = row.contextOver();
      table.row(
          row.provider() + "/" + row.model(),
          row.meter().wireName(),
          row.serviceTier(),
          over == null ? "any" : "over " + grouped(BigDecimal.valueOf(over)),
          row.priceVersionName().toString(),
          grouped(BigDecimal.valueOf(row.quantity())),
          grouped(row.rate().value()),
          grouped(row.cost().value()),
          grouped(line.amount()));
    }
    return table.row(
        "sub-total",
        "",
        "",
        "",
        "",
        "",
        "",
        grouped(part.subtotalExact().value()),
        grouped(part.subtotal()));
  }

  /** Plain decimal text with a comma between thousands, all decimals shown. */
  static String grouped(BigDecimal value) {
    String plain = value.abs().toPlainString();
    int point = plain.indexOf('.');
    String whole = point < 0 ? plain : plain.substring(0, point);
    String fraction = point < 0 ? "" : plain.substring(point);
    return (value.signum() < 0 ? "-" : "") + "%,d".formatted(new BigInteger(whole)) + fraction;
  }
}
