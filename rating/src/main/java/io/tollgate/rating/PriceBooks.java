package io.tollgate.rating;

import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.PriceBookId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All price versions that are visible at one moment, ready for lookup. Immutable: a change makes a
 * new snapshot, so that one event is rated by one state of the prices.
 *
 * <p>Books of one rank are asked in the order of their first publication, not of their names: a
 * book that comes later prices only what had no price, so that its first version may reach into the
 * past without changing what was rated.
 */
public final class PriceBooks {
  public static final PriceBooks EMPTY = new PriceBooks(List.of(), Map.of(), Map.of(), Map.of());

  private final List<Book> base;
  private final Map<String, Book> plans;
  private final Map<String, List<Book>> overrides;

  /** Each version by its name, {@code book/number}. */
  private final Map<String, PriceVersion> versions;

  private PriceBooks(
      List<Book> base,
      Map<String, Book> plans,
      Map<String, List<Book>> overrides,
      Map<String, PriceVersion> versions) {
    this.base = base;
    this.plans = plans;
    this.overrides = overrides;
    this.versions = versions;
  }

  /** The versions of one book, newest effective instant first. */
  record Book(List<PriceVersion> versions) {
    private static final Comparator<PriceVersion> NEWEST_FIRST =
        Comparator.comparing(PriceVersion::effectiveFrom)
            .thenComparing(PriceVersion::number)
            .reversed();

    private static final Comparator<Book> FIRST_PUBLISHED_FIRST =
        Comparator.comparing(Book::firstPublished)
            .thenComparing(book -> book.versions().getFirst().book().value());

    Book {
      versions = versions.stream().sorted(NEWEST_FIRST).toList();
    }

    private Instant firstPublished() {
      return versions.stream()
          .map(PriceVersion::publishedAt)
          .min(Comparator.naturalOrder())
          .orElseThrow();
    }

    /**
     * The version in effect at an event time; of two from the same instant on, the later published.
     * Null before the first.
     */
    @Nullable PriceVersion at(Instant eventTime) {
      for (PriceVersion version : versions) {
        if (!version.effectiveFrom().isAfter(eventTime)) {
          return version;
        }
      }
      return null;
    }
  }

  /** A snapshot of these versions. */
  public static PriceBooks of(Collection<PriceVersion> versions) {
    Map<String, List<PriceVersion>> byBook = new TreeMap<>();
    Map<String, PriceVersion> byName = new HashMap<>();
    for (PriceVersion version : versions) {
      byName.put(version.toString(), version);
      byBook.computeIfAbsent(version.book().value(), id -> new ArrayList<>()).add(version);
    }
    List<Book> base = new ArrayList<>();
    Map<String, Book> plans = new HashMap<>();
    Map<String, List<Book>> overrides = new HashMap<>();
    byBook.forEach(
        (id, ofBook) -> {
          Book book = new Book(ofBook);
          PriceVersion any = ofBook.getFirst();
          OrganizationId organization = any.organization();
          if (organization != null) {
            overrides.computeIfAbsent(organization.value(), o -> new ArrayList<>()).add(book);
          } else if (any.isPlan()) {
            plans.put(id, book);
          } else {
            base.add(book);
          }
        });
    base.sort(Book.FIRST_PUBLISHED_FIRST);
    overrides.values().forEach(books -> books.sort(Book.FIRST_PUBLISHED_FIRST));
    return new PriceBooks(base, plans, overrides, byName);
  }

  /** How many versions there are. */
  public int versions() {
    return versions.size();
  }

  /** A version by its recorded name; null if it is not visible here yet. */
  public @Nullable PriceVersion version(PriceBookId book, int number) {
    return versions.get(book.value() + "/" + number);
  }

  /** The versions that are visible here and were not in an earlier state. */
  public List<PriceVersion> since(PriceBooks before) {
    List<PriceVersion> added = new ArrayList<>();
    versions.forEach(
        (name, version) -> {
          if (before.versions.get(name) != version) {
            added.add(version);
          }
        });
    return added;
  }

  /**
   * Whether a model that had no price before these versions may have one with them: one of them
   * names it, or has an organization follow a plan that does.
   */
  public boolean mayPrice(String provider, String model, List<PriceVersion> added) {
    for (PriceVersion version : added) {
      if (version.names(provider, model) || followedNames(version, provider, model)) {
        return true;
      }
    }
    return false;
  }

  private boolean followedNames(PriceVersion version, String provider, String model) {
    PriceBookId followed = version.followsPlan();
    Book plan = followed == null ? null : plans.get(followed.value());
    return plan != null && plan.versions().stream().anyMatch(one -> one.names(provider, model));
  }

  List<Book> overridesOf(String organization) {
    List<Book> books = overrides.get(organization);
    return books == null ? List.of() : books;
  }

  @Nullable Book plan(String id) {
    return plans.get(id);
  }

  List<Book> base() {
    return base;
  }
}
