package io.tollgate.billing;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What an organization owes for a month, as far as events have landed. A pure function of its
 * inputs, down to the order of lines: the same rows give the same bytes on any day. Rounding
 * happens on the lines and nowhere else; sub-totals and the total add rounded lines up, and the
 * exact sums stand beside them.
 */
record InvoiceDraft(
    Addressee addressee,
    InvoiceMonth month,
    int minorUnitDigits,
    List<WorkspacePart> workspaces,
    Money totalExact,
    BigDecimal total,
    List<PriceVersionName> priceVersions) {

  InvoiceDraft {
    workspaces = List.copyOf(workspaces);
    priceVersions = List.copyOf(priceVersions);
  }

  /**
   * Who gets the invoice.
   *
   * @param currency ISO 4217
   * @param workspaceNames names of workspaces by id; one without a name is shown by its id
   */
  record Addressee(
      OrganizationId organization,
      String name,
      Currency currency,
      Map<WorkspaceId, String> workspaceNames) {
    Addressee {
      workspaceNames = Map.copyOf(workspaceNames);
      if (currency.getDefaultFractionDigits() < 0) {
        throw new IllegalArgumentException(
            currency + " has no minor unit, nothing can be invoiced in it");
      }
    }

    String workspaceName(WorkspaceId workspace) {
      return workspaceNames.getOrDefault(workspace, workspace.value());
    }
  }

  /** The lines of one workspace. */
  record WorkspacePart(
      WorkspaceId workspace,
      String name,
      List<InvoiceLine> lines,
      Money subtotalExact,
      BigDecimal subtotal) {
    WorkspacePart {
      lines = List.copyOf(lines);
    }
  }

  /** A row whose cost is not its rate × its quantity: the landed rows are not what was rated. */
  static final class DoesNotRecompute extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DoesNotRecompute(InvoiceRow row) {
      super(
          "workspace %s, %s/%s, meter %s: %d units at %s per 1,000,000 cost %s, but %s was landed"
              .formatted(
                  row.workspace(),
                  row.provider(),
                  row.model(),
                  row.meter(),
                  row.quantity(),
                  row.rate(),
                  row.rate().cost(row.quantity()),
                  row.cost()));
    }
  }

  /**
   * Makes the draft from rows in any order.
   *
   * @throws DoesNotRecompute if a row contradicts itself
   */
  static InvoiceDraft of(Addressee addressee, InvoiceMonth month, List<InvoiceRow> rows) {
    int digits = addressee.currency().getDefaultFractionDigits();
    TreeSet<PriceVersionName> versions = new TreeSet<>();
    Map<WorkspaceId, List<InvoiceLine>> lines = new TreeMap<>();
    for (InvoiceRow row : rows.stream().sorted().toList()) {
      if (!row.recomputes()) {
        throw new DoesNotRecompute(row);
      }
      versions.add(row.priceVersionName());
      lines
          .computeIfAbsent(row.workspace(), none -> new ArrayList<>())
          .add(InvoiceLine.of(row, digits));
    }
    List<WorkspacePart> parts = new ArrayList<>();
    Money totalExact = Money.ZERO;
    BigDecimal total = BigDecimal.ZERO.setScale(digits);
    for (Map.Entry<WorkspaceId, List<InvoiceLine>> workspace : lines.entrySet()) {
      Money exact = Money.ZERO;
      BigDecimal amount = BigDecimal.ZERO.setScale(digits);
      for (InvoiceLine line : workspace.getValue()) {
        exact = exact.plus(line.row().cost());
        amount = amount.add(line.amount());
      }
      parts.add(
          new WorkspacePart(
              workspace.getKey(),
              addressee.workspaceName(workspace.getKey()),
              workspace.getValue(),
              exact,
              amount));
      totalExact = totalExact.plus(exact);
      total = total.add(amount);
    }
    return new InvoiceDraft(
        addressee, month, digits, parts, totalExact, total, List.copyOf(versions));
  }
}
