package io.tollgate.streams;

import io.tollgate.schemas.Fingerprint;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.UsageEvent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Events of one partition whose price is not known, by provider and model: a price version is tried
 * only on what it may price, and a correction finds the one event it takes back. The events are in
 * the store and its changelog; the heap holds a number per provider and model.
 *
 * <p>Names come from tenants. Of more than {@link #MOST_MODELS} the rest lie together under {@link
 * Model#OTHERS}, which is tried with every price version.
 */
final class ParkedEvents {
  static final int MOST_MODELS = 10_000;

  private static final byte COUNT = 'c';
  private static final byte EVENT = 'e';
  private static final int FINGERPRINT_BYTES = 2 * Long.BYTES;

  private final KeyValueStore<Bytes, byte[]> store;
  private final int partition;
  private final int most;
  private final TreeMap<Model, Long> counts = new TreeMap<>();
  private final Set<Model> changed = new HashSet<>();
  private long size;

  /** What prices are published for. */
  record Model(String provider, String name) implements Comparable<Model> {
    /** No event has it: names are not empty. */
    static final Model OTHERS = new Model("", "");

    private static final Comparator<Model> ORDER =
        Comparator.comparing(Model::provider).thenComparing(Model::name);

    Model {
      Objects.requireNonNull(provider, "provider");
      Objects.requireNonNull(name, "name");
    }

    static Model of(UsageEvent event) {
      return new Model(event.getProvider(), event.getModel());
    }

    @Override
    public int compareTo(Model other) {
      return ORDER.compare(this, other);
    }
  }

  /** One parked event. */
  record Parked(Model model, Bytes key, SourceRecord source) {}

  ParkedEvents(KeyValueStore<Bytes, byte[]> store, int partition, int most) {
    this.store = store;
    this.partition = partition;
    this.most = most;
    try (KeyValueIterator<Bytes, byte[]> stored =
        store.range(Bytes.wrap(new byte[] {COUNT}), Bytes.wrap(new byte[] {COUNT + 1}))) {
      while (stored.hasNext()) {
        KeyValue<Bytes, byte[]> entry = stored.next();
        long count = ByteBuffer.wrap(entry.value).getLong();
        counts.put(model(entry.key), count);
        size += count;
      }
    }
  }

  long size() {
    return size;
  }

  /**
   * Keeps an event.
   *
   * @param identity of the event, or of the correction that it is
   * @throws IllegalStateException if that would be more than the bound
   */
  void park(UsageEvent event, Fingerprint identity, SourceRecord source, long now) {
    if (size >= most) {
      throw new IllegalStateException(
          most
              + " events of partition "
              + partition
              + " wait for a price, which is their bound (mostParked):"
              + " publish the missing prices, write them off, or raise it");
    }
    Model own = Model.of(event);
    Model model = counts.containsKey(own) || counts.size() < MOST_MODELS ? own : Model.OTHERS;
    byte[] stored = new StoredRecord(source, now).toBytes();
    store.put(
        eventKey(model, identity),
        ByteBuffer.allocate(Long.BYTES + stored.length)
            .putLong(source.position().getOffset())
            .put(stored)
            .array());
    add(model, 1);
  }

  /** Lets an event go that has got its price or was written off. */
  void release(Parked parked) {
    store.delete(parked.key());
    add(parked.model(), -1);
  }

  /**
   * Lets an event go that was taken back.
   *
   * @return whether it was parked
   */
  boolean withdraw(UsageEvent body, Fingerprint identity) {
    for (Model model : new Model[] {Model.of(body), Model.OTHERS}) {
      if (store.delete(eventKey(model, identity)) != null) {
        add(model, -1);
        return true;
      }
    }
    return false;
  }

  /** The first model with parked events after another one in their order; null if there is none. */
  @Nullable Model modelAfter(@Nullable Model before) {
    if (before == null) {
      return counts.isEmpty() ? null : counts.firstKey();
    }
    return counts.higherKey(before);
  }

  /** The first parked event of a model after another one; null if there is none. */
  @Nullable Parked firstAfter(Model model, @Nullable Bytes after) {
    byte[] prefix = prefix(EVENT, model);
    Bytes from = Bytes.wrap(after == null ? prefix : append(after.get(), 1, (byte) 0));
    // Above every fingerprint.
    Bytes to = Bytes.wrap(append(prefix, FINGERPRINT_BYTES + 1, (byte) 0xFF));
    try (KeyValueIterator<Bytes, byte[]> rest = store.range(from, to)) {
      if (!rest.hasNext()) {
        return null;
      }
      KeyValue<Bytes, byte[]> next = rest.next();
      ByteBuffer value = ByteBuffer.wrap(next.value);
      long offset = value.getLong();
      byte[] stored = new byte[value.remaining()];
      value.get(stored);
      return new Parked(
          model,
          next.key,
          StoredRecord.of(UsagePartitions.GENERATION, partition, offset, stored).source());
    }
  }

  /** Writes the numbers that have changed since the last time. */
  void saveCounts() {
    for (Model model : changed) {
      Bytes key = Bytes.wrap(prefix(COUNT, model));
      Long count = counts.get(model);
      if (count == null) {
        store.delete(key);
      } else {
        store.put(key, ByteBuffer.allocate(Long.BYTES).putLong(count).array());
      }
    }
    changed.clear();
  }

  private void add(Model model, int more) {
    counts.merge(model, (long) more, Long::sum);
    counts.remove(model, 0L);
    changed.add(model);
    size += more;
  }

  private static Bytes eventKey(Model model, Fingerprint identity) {
    byte[] prefix = prefix(EVENT, model);
    return Bytes.wrap(
        ByteBuffer.allocate(prefix.length + FINGERPRINT_BYTES)
            .put(prefix)
            .putLong(identity.high())
            .putLong(identity.low())
            .array());
  }

  /** Lengths go before the names, so that no model's prefix begins another's. */
  private static byte[] prefix(byte kind, Model model) {
    byte[] provider = model.provider().getBytes(StandardCharsets.UTF_8);
    byte[] name = model.name().getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + 2 * Short.BYTES + provider.length + name.length)
        .put(kind)
        .putShort((short) provider.length)
        .put(provider)
        .putShort((short) name.length)
        .put(name)
        .array();
  }

  private static Model model(Bytes countKey) {
    ByteBuffer in = ByteBuffer.wrap(countKey.get());
    in.get();
    return new Model(text(in), text(in));
  }

  private static String text(ByteBuffer in) {
    byte[] utf8 = new byte[in.getShort()];
    in.get(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  private static byte[] append(byte[] bytes, int count, byte value) {
    ByteBuffer longer = ByteBuffer.allocate(bytes.length + count).put(bytes);
    while (longer.hasRemaining()) {
      longer.put(value);
    }
    return longer.array();
  }
}
