package io.tollgate.rating;

import io.tollgate.schemas.OrganizationId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All price versions that are visible at one moment, ready for lookup. Immutable: a change makes a
 * new snapshot, so that one event is rated by one state of the prices.
 */
public final class PriceBooks {
  public static final PriceBooks EMPTY = new PriceBooks(List.of(), Map.of(), 0);

  private static final Comparator<PriceVersion> NEWEST_FIRST =
      Comparator.comparing(PriceVersion::effectiveFrom)
          .thenComparing(PriceVersion::number)
          .reversed();

  private final List<Book> base;
  private final Map<String, List<Book>> overrides;
  private final int versions;

  private PriceBooks(List<Book> base, Map<String, List<Book>> overrides, int versions) {
    this.base = base;
    this.overrides = overrides;
    this.versions = versions;
  }

  /** The versions of one book, newest effective instant first. */
  record Book(List<PriceVersion> versions) {
    Book {
      versions = versions.stream().sorted(NEWEST_FIRST).toList();
    }

    /**
     * Adds the version in effect at an event time; of two from the same instant on, the later
     * published.
     */
    void addVersionAt(Instant eventTime, List<PriceVersion> found) {
      for (PriceVersion version : versions) {
        if (!version.effectiveFrom().isAfter(eventTime)) {
          found.add(version);
          return;
        }
      }
    }
  }

  /** A snapshot of these versions. Books are consulted in the order of their ids. */
  public static PriceBooks of(Collection<PriceVersion> versions) {
    Map<String, List<PriceVersion>> byBook = new TreeMap<>();
    for (PriceVersion version : versions) {
      byBook.computeIfAbsent(version.book().value(), id -> new ArrayList<>()).add(version);
    }
    List<Book> base = new ArrayList<>();
    Map<String, List<Book>> overrides = new HashMap<>();
    for (List<PriceVersion> book : byBook.values()) {
      OrganizationId organization = book.getFirst().organization();
      if (organization == null) {
        base.add(new Book(book));
      } else {
        overrides
            .computeIfAbsent(organization.value(), id -> new ArrayList<>())
            .add(new Book(book));
      }
    }
    return new PriceBooks(List.copyOf(base), Map.copyOf(overrides), versions.size());
  }

  /** How many versions there are. */
  public int versions() {
    return versions;
  }

  /**
   * The versions in effect for an organization at an event time, in the order of precedence:
   * overrides, then base.
   */
  List<PriceVersion> inEffect(String organization, Instant eventTime) {
    List<PriceVersion> found = new ArrayList<>(2);
    for (Book book : overrides.getOrDefault(organization, List.of())) {
      book.addVersionAt(eventTime, found);
    }
    for (Book book : base) {
      book.addVersionAt(eventTime, found);
    }
    return found;
  }
}
