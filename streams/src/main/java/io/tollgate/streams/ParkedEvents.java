package io.tollgate.streams;

import io.tollgate.schemas.Fingerprint;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.UsageEvent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.Objects;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Events of one partition whose price is not known, by provider and model: a price version is tried
 * only on what it may price, and a correction finds the one event it takes back. The events are in
 * the store and its changelog; the heap holds a number per provider and model, and one per
 * organization.
 *
 * <p>The room is bounded, and shared so that nobody is kept out by another: an organization may
 * park one more while it has fewer parked than there are places left. One that sends nothing but
 * unpriced events gets half of the room and no more, two get a third each; who has nothing parked
 * finds a place as long as there is one.
 *
 * <p>Names come from tenants. Of more than {@link #MOST_MODELS} the rest lie together under {@link
 * Model#OTHERS}, which is tried with every price version.
 */
final class ParkedEvents {
  static final int MOST_MODELS = 10_000;

  private static final byte COUNT = 'c';
  private static final byte EVENT = 'e';
  private static final byte ORGANIZATION = 'o';
  private static final int FINGERPRINT_BYTES = 2 * Long.BYTES;

  private final KeyValueStore<Bytes, byte[]> store;
  private final int partition;
  private final int most;
  private final StoredCounts<Model> models;
  private final StoredCounts<String> organizations;
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
    models = new StoredCounts<>(store, COUNT, model -> prefix(COUNT, model), ParkedEvents::modelOf);
    organizations =
        new StoredCounts<>(
            store, ORGANIZATION, ParkedEvents::organizationKey, ParkedEvents::organizationOf);
    size = models.sum();
  }

  long size() {
    return size;
  }

  /** What an organization has parked. */
  long sizeOf(String organizationId) {
    return organizations.of(organizationId);
  }

  /** Whether one more event of an organization may be parked. */
  boolean hasRoomFor(String organizationId) {
    return organizations.of(organizationId) < most - size;
  }

  /**
   * Keeps an event, for which there must be room; one that takes the place of a parked event has
   * it.
   *
   * @param identity of the event, or of the correction that it is
   */
  void park(UsageEvent event, Fingerprint identity, SourceRecord source, long now) {
    if (size >= most) {
      throw new IllegalStateException(
          "partition " + partition + " has no room for another parked event: " + size);
    }
    Model own = Model.of(event);
    Model model = models.of(own) > 0 || models.keys() < MOST_MODELS ? own : Model.OTHERS;
    byte[] stored = new StoredRecord(source, now).toBytes();
    store.put(
        eventKey(model, identity),
        ByteBuffer.allocate(Long.BYTES + stored.length)
            .putLong(source.position().getOffset())
            .put(stored)
            .array());
    add(model, event, 1);
  }

  /** Lets an event go that has got its price or was written off. */
  void release(Parked parked, UsageEvent event) {
    store.delete(parked.key());
    add(parked.model(), event, -1);
  }

  /**
   * Lets an event go that was taken back.
   *
   * @return whether it was parked
   */
  boolean withdraw(UsageEvent body, Fingerprint identity) {
    for (Model model : new Model[] {Model.of(body), Model.OTHERS}) {
      if (store.delete(eventKey(model, identity)) != null) {
        add(model, body, -1);
        return true;
      }
    }
    return false;
  }

  /** The first model with parked events after another one in their order; null if there is none. */
  @Nullable Model modelAfter(@Nullable Model before) {
    return models.after(before);
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
    models.save();
    organizations.save();
  }

  private void add(Model model, UsageEvent event, int more) {
    models.add(model, more);
    organizations.add(event.getOrganizationId(), more);
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

  private static Model modelOf(byte[] countKey) {
    ByteBuffer in = ByteBuffer.wrap(countKey, 1, countKey.length - 1);
    return new Model(text(in), text(in));
  }

  private static byte[] organizationKey(String organizationId) {
    byte[] id = organizationId.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + id.length).put(ORGANIZATION).put(id).array();
  }

  private static String organizationOf(byte[] key) {
    return new String(key, 1, key.length - 1, StandardCharsets.UTF_8);
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
