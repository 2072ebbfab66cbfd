package io.tollgate.streams;

import io.tollgate.schemas.PriceBookId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The dictionary of a partition: a small number for each price version that priced something there,
 * so that the dedup memory can say with four bytes what an event was priced by. Grows by an entry
 * per version in use, some 100 bytes of heap; numbers are never given anew.
 */
final class PriceRefs {
  /** The price of what was written off. */
  static final int WRITTEN_OFF = 0;

  private static final int FIRST = 1;

  private final KeyValueStore<Bytes, byte[]> store;
  private final List<Version> versions = new ArrayList<>();
  private final Map<Version, Integer> refs = new HashMap<>();

  private @Nullable Version last;
  private int lastRef;

  /** A price version by name. */
  record Version(PriceBookId book, int number) {
    Version {
      Objects.requireNonNull(book, "book");
    }
  }

  PriceRefs(KeyValueStore<Bytes, byte[]> store) {
    this.store = store;
    try (KeyValueIterator<Bytes, byte[]> stored = store.all()) {
      while (stored.hasNext()) {
        KeyValue<Bytes, byte[]> entry = stored.next();
        int ref = ByteBuffer.wrap(entry.key.get()).getInt();
        if (ref != versions.size() + FIRST) {
          throw new IllegalStateException(
              "the dictionary of price versions lacks a number before " + ref);
        }
        ByteBuffer value = ByteBuffer.wrap(entry.value);
        int number = value.getInt();
        add(new Version(new PriceBookId(StandardCharsets.UTF_8.decode(value).toString()), number));
      }
    }
  }

  private int add(Version version) {
    versions.add(version);
    int ref = versions.size() - 1 + FIRST;
    refs.put(version, ref);
    return ref;
  }

  /** The number of a version, a new one if it has none yet. */
  int refOf(PriceBookId book, int number) {
    Version known = last;
    if (known != null && known.number == number && known.book.equals(book)) {
      return lastRef;
    }
    Version version = new Version(book, number);
    Integer ref = refs.get(version);
    if (ref == null) {
      ref = add(version);
      byte[] id = book.value().getBytes(StandardCharsets.UTF_8);
      store.put(
          Bytes.wrap(ByteBuffer.allocate(Integer.BYTES).putInt(ref).array()),
          ByteBuffer.allocate(Integer.BYTES + id.length).putInt(number).put(id).array());
    }
    last = version;
    lastRef = ref;
    return ref;
  }

  /**
   * The version with a number.
   *
   * @throws IllegalStateException if there is none: memory and dictionary are not of one state
   */
  Version version(int ref) {
    if (ref < FIRST || ref - FIRST >= versions.size()) {
      throw new IllegalStateException("no price version has the number " + ref);
    }
    return versions.get(ref - FIRST);
  }
}
