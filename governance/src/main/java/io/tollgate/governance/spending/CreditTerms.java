package io.tollgate.governance.spending;

import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Inputs;
import io.tollgate.schemas.Ids;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Money;
import org.jspecify.annotations.Nullable;

/**
 * What a credit is made of. It never changes; a mistake is corrected by another one.
 *
 * @param amount decimal text in the organization's currency; above zero, or below where it corrects
 * @param reason what the next reader needs to know
 * @param corrects the credit that it takes back, wholly or in part
 */
record CreditTerms(@Nullable String id, String amount, String reason, @Nullable String corrects) {
  CreditTerms {
    if (id != null) {
      Ids.check("id", id);
    }
    Money money = Fields.named("amount", amount, Money::parse);
    InvalidInput.unless(!money.isZero(), "amount", amount, "must not be zero");
    InvalidInput.unless(
        money.compareTo(Money.ZERO) > 0 || corrects != null,
        "amount",
        amount,
        "must be above zero, or name in corrects the credit that it takes back");
    InvalidInput.unless(
        money.compareTo(Money.ZERO) < 0 || corrects == null,
        "amount",
        amount,
        "must be below zero where it corrects a credit; more is granted by another credit");
    if (corrects != null) {
      Ids.check("corrects", corrects);
    }
    Inputs.text("reason", reason);
  }

  Money money() {
    return Money.parse(amount);
  }
}
