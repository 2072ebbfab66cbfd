package io.tollgate.streams;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.processor.BatchingStateRestoreCallback;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * A key-value store whose files survive SIGKILL. Those of Kafka Streams' own stores do not under
 * exactly-once: they may hold what was never committed, so after an unclean stop they are deleted
 * and read from the changelog again, all of it. This one keeps what is written in memory, logs it
 * right before the commit, once per key, and hands it to its files when the commit is known to have
 * succeeded, together with the offset of the changelog. So the files are as of some commit at any
 * moment, and a restart reads what came after that: a few commits.
 *
 * <p>A commit is known to have succeeded when the task goes on after it and something more could be
 * logged. One alone does not tell: without offsets Kafka Streams lets a commit time out and goes
 * on, but then the producer takes no further record; and a task that is closed because its commit
 * failed is flushed once more, and even told where its changelog ends.
 *
 * <p>The files lie in {@code committed/<task>} in the folder of the application, beside the task's,
 * which Kafka Streams deletes. See docs/adr/0029-committed-stores.md.
 *
 * <p>The task's thread writes; others may read, and see what is not committed as well.
 */
final class CommittedStore<K, V> implements KeyValueStore<K, V> {
  private static final String FOLDER = "committed";

  /** In place of a value: the key was deleted. */
  private static final byte[] DELETED = {};

  private final CommittedStores stores;
  private final String name;
  private final Serde<K> keys;
  private final Serde<V> values;
  private final OfferedOffset offered = new OfferedOffset();

  /** Since the last commit. Another map after each, so that readers can go on with theirs. */
  private volatile NavigableMap<Bytes, byte[]> written = new ConcurrentSkipListMap<>();

  /** In the changelog, by a commit that may have failed. */
  private volatile NavigableMap<Bytes, byte[]> logged = new ConcurrentSkipListMap<>();

  /** By commits before it that have succeeded. */
  private volatile NavigableMap<Bytes, byte[]> settled = new ConcurrentSkipListMap<>();

  /** Where the changelog ended before the last time something was written to it. */
  private long before = Changelog.NO_OFFSET;

  /** Where it ended after {@link #settled}. */
  private long settledOffset = Changelog.NO_OFFSET;

  private volatile @Nullable CommittedCells cells;
  private @Nullable StoreChangelog changelog;
  private @Nullable TaskId task;

  CommittedStore(CommittedStores stores, String name, Serde<K> keys, Serde<V> values) {
    this.stores = stores;
    this.name = name;
    this.keys = keys;
    this.values = values;
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {
    close();
    Path folder = KeptFolder.of(context, FOLDER);
    changelog = StoreChangelog.of(context, name);
    task = context.taskId();
    cells = stores.open(context.taskId(), folder, this);
    offered.opened();
    context.register(root, (BatchingStateRestoreCallback) this::restore);
  }

  private void restore(Collection<KeyValue<byte[], byte[]>> records) {
    offered.used();
    // Of a task that became a standby, which it does after a commit only.
    settle();
    takeOver();
    cells().write(changes -> records.forEach(record -> changes.put(record.key, record.value)));
  }

  /**
   * Writes to the changelog what was written since the last time.
   *
   * @return whether there was something
   */
  boolean log() {
    StoreChangelog to = Objects.requireNonNull(changelog, "not initialized");
    before = to.offset();
    if (written.isEmpty()) {
      return false;
    }
    offered.used();
    written.forEach((key, value) -> to.write(key.get(), value == DELETED ? null : value));
    return true;
  }

  /**
   * Everything written is in the changelog.
   *
   * @param committed whether what had been logged before is known to be committed
   */
  void logged(boolean committed) {
    if (committed) {
      settle();
    }
    if (logged.isEmpty()) {
      logged = written;
    } else {
      logged.putAll(written);
    }
    written = new ConcurrentSkipListMap<>();
  }

  private void settle() {
    if (logged.isEmpty()) {
      return;
    }
    // Whoever reads meanwhile finds it in the one or the other.
    if (settled.isEmpty()) {
      settled = logged;
    } else {
      settled.putAll(logged);
    }
    settledOffset = before;
    logged = new ConcurrentSkipListMap<>();
  }

  /** Takes what is known to be committed over into the files. */
  void takeOver() {
    if (settled.isEmpty()) {
      return;
    }
    cells()
        .write(
            changes ->
                settled.forEach(
                    (key, value) -> changes.put(key.get(), value == DELETED ? null : value)),
            settledOffset);
    settled = new ConcurrentSkipListMap<>();
  }

  /**
   * Is told where the changelog ends while a task is restored, and when it closes or is revoked,
   * also if its last commit has failed. An empty map says that the task is corrupted.
   */
  @Override
  public void commit(Map<TopicPartition, Long> changelogOffsets) {
    if (changelogOffsets.isEmpty()) {
      if (offered.isVain()) {
        cells().forget();
      }
      return;
    }
    takeOver();
    if (!written.isEmpty() || !logged.isEmpty()) {
      return;
    }
    for (Long offset : changelogOffsets.values()) {
      if (offset != null && offset >= 0 && offset != cells().offset()) {
        cells().write(changes -> {}, offset);
      }
    }
  }

  @Override
  public Long committedOffset(TopicPartition partition) {
    offered.asked();
    return cells().offset();
  }

  @Override
  @SuppressWarnings("deprecation")
  public boolean managesOffsets() {
    return true;
  }

  @Override
  public void close() {
    CommittedCells closing = cells;
    cells = null;
    written = new ConcurrentSkipListMap<>();
    logged = new ConcurrentSkipListMap<>();
    settled = new ConcurrentSkipListMap<>();
    if (closing != null) {
      stores.closed(Objects.requireNonNull(task, "not initialized"), this);
      closing.close();
    }
  }

  @Override
  public void put(K key, @Nullable V value) {
    written.put(bytes(key), value == null ? DELETED : values.serializer().serialize(name, value));
  }

  @Override
  public @Nullable V putIfAbsent(K key, V value) {
    V before = get(key);
    if (before == null) {
      put(key, value);
    }
    return before;
  }

  @Override
  public void putAll(List<KeyValue<K, V>> entries) {
    entries.forEach(entry -> put(entry.key, entry.value));
  }

  @Override
  public @Nullable V delete(K key) {
    V before = get(key);
    written.put(bytes(key), DELETED);
    return before;
  }

  @Override
  public @Nullable V get(K key) {
    Bytes bytes = bytes(key);
    // In the order in which what is written moves on.
    byte[] value = written.get(bytes);
    if (value == null) {
      value = logged.get(bytes);
    }
    if (value == null) {
      value = settled.get(bytes);
    }
    if (value == null) {
      value = cells().get(bytes.get());
    }
    return value == null || value == DELETED ? null : value(value);
  }

  @Override
  public KeyValueIterator<K, V> range(K from, K to) {
    return new Typed(entries(bytes(from), bytes(to), true));
  }

  @Override
  public KeyValueIterator<K, V> reverseRange(K from, K to) {
    return new Typed(entries(bytes(from), bytes(to), false));
  }

  @Override
  public KeyValueIterator<K, V> all() {
    return new Typed(entries(null, null, true));
  }

  @Override
  public KeyValueIterator<K, V> reverseAll() {
    return new Typed(entries(null, null, false));
  }

  private KeyValueIterator<Bytes, byte[]> entries(
      @Nullable Bytes from, @Nullable Bytes to, boolean forward) {
    NavigableMap<Bytes, byte[]> newest = written;
    NavigableMap<Bytes, byte[]> newer = logged;
    NavigableMap<Bytes, byte[]> older = settled;
    KeyValueIterator<Bytes, byte[]> old = cells().range(from, to, forward);
    if (newest.isEmpty() && newer.isEmpty() && older.isEmpty()) {
      return old;
    }
    NavigableMap<Bytes, byte[]> over = new TreeMap<>(between(older, from, to));
    over.putAll(between(newer, from, to));
    over.putAll(between(newest, from, to));
    return new OverlaidIterator(forward ? over : over.descendingMap(), DELETED, old);
  }

  private static NavigableMap<Bytes, byte[]> between(
      NavigableMap<Bytes, byte[]> all, @Nullable Bytes from, @Nullable Bytes to) {
    if (from != null && to != null) {
      return from.compareTo(to) > 0 ? new TreeMap<>() : all.subMap(from, true, to, true);
    }
    return all;
  }

  @Override
  public long approximateNumEntries() {
    throw new UnsupportedOperationException("the cells of a store are not counted");
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean persistent() {
    return true;
  }

  @Override
  public boolean isOpen() {
    return cells != null;
  }

  private Bytes bytes(K key) {
    return Bytes.wrap(keys.serializer().serialize(name, key));
  }

  private V value(byte[] bytes) {
    return values.deserializer().deserialize(name, bytes);
  }

  private CommittedCells cells() {
    CommittedCells now = cells;
    if (now == null) {
      throw new InvalidStateStoreException("store " + name + " is not open");
    }
    return now;
  }

  /** With keys and values as objects. */
  private final class Typed implements KeyValueIterator<K, V> {
    private final KeyValueIterator<Bytes, byte[]> entries;

    private Typed(KeyValueIterator<Bytes, byte[]> entries) {
      this.entries = entries;
    }

    @Override
    public boolean hasNext() {
      return entries.hasNext();
    }

    @Override
    public KeyValue<K, V> next() {
      KeyValue<Bytes, byte[]> entry = entries.next();
      return KeyValue.pair(key(entry.key), value(entry.value));
    }

    @Override
    public K peekNextKey() {
      return key(entries.peekNextKey());
    }

    private K key(Bytes bytes) {
      return keys.deserializer().deserialize(name, bytes.get());
    }

    @Override
    public void close() {
      entries.close();
    }
  }
}
