package io.tollgate.governance.prices;

import io.tollgate.rating.PriceDraft;
import io.tollgate.rating.PricePages;
import io.tollgate.rating.PriceVersion;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.avro.ModelAlias;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.PriceRate;
import io.tollgate.schemas.avro.PriceVersionClose;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The publication of one price version: terms in, the records that every reader gets out.
 *
 * @param plan whether the book is a plan
 * @param organization whose override the book is; null for a base book or a plan
 */
record PricePublication(
    PriceBookId book,
    int version,
    String currency,
    boolean plan,
    @Nullable String organization,
    Instant publishedAt) {

  boolean isBase() {
    return !plan && organization == null;
  }

  /**
   * The version as it is published: its pages, then the record that makes it visible.
   *
   * @param source the version that the terms derive from, as it was published
   * @throws InvalidInput if the terms cannot be resolved, or if no reader could price with them
   */
  List<PriceBookRecord> records(PriceTerms terms, Optional<PriceDraft.Source> source) {
    InvalidInput.unless(
        terms.plan() == null || organization != null,
        "plan",
        String.valueOf(terms.plan()),
        "can only be followed by an organization's override");
    PriceDraft.Resolved resolved = terms.draft(source).resolve();
    int rates = resolved.rates().size();
    // An override without rates ends what it overrode, or only follows its plan.
    InvalidInput.unless(
        rates <= PriceTerms.MOST_RATES && (rates > 0 || organization != null),
        "rates",
        rates + " rates",
        "must be 1 to " + PriceTerms.MOST_RATES + " when everything is resolved");
    PriceVersionClose close =
        close(
            terms.effective(),
            terms.plan(),
            new Resolution(
                terms.meterFallbacks(),
                terms.serviceTierFallbacks(),
                terms.derivation().orElse(null)));
    // What no reader could price with must not be published.
    PriceVersion.of(book, version, close, resolved.rates(), resolved.aliases());
    return PricePages.of(book, version, close, resolved.rates(), resolved.aliases());
  }

  /**
   * What a version's author said of where its rates come from, besides those that the terms give.
   *
   * @param derivedFrom null for none
   */
  record Resolution(
      @Nullable Map<String, String> meterFallbacks,
      @Nullable Map<String, String> serviceTierFallbacks,
      PriceTerms.@Nullable DerivedFrom derivedFrom) {}

  /** The version once more, from what the tables have of it. */
  List<PriceBookRecord> again(
      Instant effective,
      @Nullable String followsPlan,
      Resolution resolution,
      List<PriceRate> rates,
      List<ModelAlias> aliases) {
    return PricePages.of(book, version, close(effective, followsPlan, resolution), rates, aliases);
  }

  private PriceVersionClose close(
      Instant effective, @Nullable String followsPlan, Resolution resolution) {
    PriceVersionClose close = PricePages.base(currency, effective, publishedAt);
    close.setOrganizationId(organization);
    close.setPlan(plan);
    close.setFollowsPlan(followsPlan);
    close.setMeterFallbacks(Objects.requireNonNullElse(resolution.meterFallbacks(), Map.of()));
    close.setServiceTierFallbacks(
        Objects.requireNonNullElse(resolution.serviceTierFallbacks(), Map.of()));
    PriceTerms.DerivedFrom derivedFrom = resolution.derivedFrom();
    close.setDerivedFrom(derivedFrom == null ? null : derivedFrom.published());
    return close;
  }
}
