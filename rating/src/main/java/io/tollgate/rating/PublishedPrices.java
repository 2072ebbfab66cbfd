package io.tollgate.rating;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.avro.ModelAlias;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.PriceRate;
import io.tollgate.schemas.avro.PriceVersionClose;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Puts price versions together from the records of governance.price_books, which may come in any
 * order and more than once.
 *
 * <p>A version becomes visible as a whole: once its closing record and all pages before it are
 * there and count and digest agree. A version that is visible never changes again; records that
 * would change it are ignored. Not thread-safe; the snapshots are.
 */
public final class PublishedPrices {
  private final Map<Key, SortedMap<Integer, PriceBookRecord>> incomplete = new HashMap<>();
  private final Map<Key, PriceVersion> visible = new HashMap<>();
  private final Map<Key, String> broken = new HashMap<>();
  private PriceBooks snapshot = PriceBooks.EMPTY;

  private record Key(String book, int version) {}

  /**
   * Takes in one record.
   *
   * @return whether a version became visible by it
   */
  public boolean accept(PriceBookRecord page) {
    Key key = new Key(page.getPriceBookId(), page.getPriceVersion());
    if (visible.containsKey(key)) {
      return false;
    }
    SortedMap<Integer, PriceBookRecord> pages =
        incomplete.computeIfAbsent(key, k -> new TreeMap<>());
    pages.put(page.getPage(), page);
    PriceBookRecord last = pages.lastEntry().getValue();
    PriceVersionClose close = last.getClose();
    if (close == null || pages.size() != last.getPage() + 1 || pages.firstKey() != 0) {
      return false;
    }
    PriceVersion version;
    try {
      version = assemble(key, close, pages);
    } catch (InvalidInput | ArithmeticException e) {
      broken.put(key, String.valueOf(e.getMessage()));
      return false;
    }
    if (version == null) {
      broken.put(key, "count or digest of rates and aliases is not what the closing record says");
      return false;
    }
    incomplete.remove(key);
    broken.remove(key);
    visible.put(key, version);
    snapshot = PriceBooks.of(visible.values());
    return true;
  }

  private static @Nullable PriceVersion assemble(
      Key key, PriceVersionClose close, SortedMap<Integer, PriceBookRecord> pages) {
    List<PriceRate> rates = new ArrayList<>();
    List<ModelAlias> aliases = new ArrayList<>();
    for (PriceBookRecord page : pages.values()) {
      rates.addAll(page.getRates());
      aliases.addAll(page.getAliases());
    }
    if (rates.size() != close.getRates()
        || aliases.size() != close.getAliases()
        || !PriceVersionDigest.of(rates, aliases).equals(close.getDigest())) {
      return null;
    }
    return PriceVersion.of(new PriceBookId(key.book()), key.version(), close, rates, aliases);
  }

  /** The versions that are visible now. */
  public PriceBooks snapshot() {
    return snapshot;
  }

  /**
   * Versions whose records are all there but do not agree, by "book/version", with what is wrong.
   */
  public Map<String, String> broken() {
    Map<String, String> named = new TreeMap<>();
    broken.forEach((key, why) -> named.put(key.book() + "/" + key.version(), why));
    return named;
  }

  /** How many versions are not visible: still coming in, or broken. */
  public int invisible() {
    return incomplete.size();
  }
}
