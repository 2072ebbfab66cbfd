package io.tollgate.streams;

import io.tollgate.schemas.Fingerprint;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.BatchingStateRestoreCallback;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.StoreBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The dedup memory of a task as a state store: Kafka Streams keeps its changelog topic, reads back
 * from it what the local files do not hold, and keeps standby copies.
 *
 * <p>After an unclean stop Kafka Streams deletes the folders of tasks, because stores of its own
 * may hold what was never committed. The files of this one never do, so they lie beside, in {@code
 * dedup/<task>} in the folder of the application, and are kept. See
 * docs/adr/0010-dedup-segments.md.
 */
final class DedupStore implements StateStore, DedupMemory {
  private static final String FOLDER = "dedup";

  private final String name;
  private final long most;
  private final int sealedAt;
  private @Nullable SegmentedDedupMemory memory;
  private final OfferedOffset offered = new OfferedOffset();
  private boolean open;

  private DedupStore(String name, long most, int sealedAt) {
    this.name = name;
    this.most = most;
    this.sealedAt = sealedAt;
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {
    Path folder = KeptFolder.of(context, FOLDER);
    memory = new SegmentedDedupMemory(folder, StoreChangelog.of(context, name), most, sealedAt);
    open = true;
    offered.opened();
    context.register(root, (BatchingStateRestoreCallback) this::restore);
  }

  private void restore(Collection<KeyValue<byte[], byte[]>> records) {
    offered.used();
    for (KeyValue<byte[], byte[]> record : records) {
      memory().restore(record.key, record.value);
    }
  }

  @Override
  public @Nullable Entry find(Fingerprint fingerprint) {
    offered.used();
    return memory().find(fingerprint);
  }

  @Override
  public void put(Fingerprint fingerprint, Entry entry, long appendedAt) {
    offered.used();
    memory().put(fingerprint, entry, appendedAt);
  }

  @Override
  public void save() {
    memory().save();
  }

  @Override
  public long size() {
    return memory().size();
  }

  /** An empty map says that the task is corrupted. */
  @Override
  public void commit(Map<TopicPartition, Long> changelogOffsets) {
    if (changelogOffsets.isEmpty()) {
      if (offered.isVain()) {
        memory().forget();
      }
      return;
    }
    for (Long offset : changelogOffsets.values()) {
      if (offset != null && offset >= 0) {
        memory().covered(offset);
      }
    }
  }

  /**
   * {@link Changelog#NO_OFFSET} rather than null if there is none: for Kafka Streams the one says
   * that there is nothing in the store, the other that it cannot know what is.
   */
  @Override
  public Long committedOffset(TopicPartition partition) {
    offered.asked();
    return memory().offset();
  }

  @Override
  @SuppressWarnings("deprecation")
  public boolean managesOffsets() {
    return true;
  }

  @Override
  public void close() {
    open = false;
    if (memory != null) {
      memory.close();
      memory = null;
    }
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
    return open;
  }

  private SegmentedDedupMemory memory() {
    return Objects.requireNonNull(memory, "the dedup store is not open");
  }

  static StoreBuilder<DedupStore> builder(String name, long most) {
    return builder(name, most, SegmentedDedupMemory.SEALED_AT);
  }

  /** Seals already smaller memtables. */
  static StoreBuilder<DedupStore> builder(String name, long most, int sealedAt) {
    return new Builder(name, most, sealedAt);
  }

  private record Builder(String name, long most, int sealedAt) implements StoreBuilder<DedupStore> {
    @Override
    public StoreBuilder<DedupStore> withCachingEnabled() {
      return this;
    }

    @Override
    public StoreBuilder<DedupStore> withCachingDisabled() {
      return this;
    }

    @Override
    public StoreBuilder<DedupStore> withLoggingEnabled(Map<String, String> config) {
      throw new UnsupportedOperationException("the changelog of a dedup store has no options");
    }

    @Override
    public StoreBuilder<DedupStore> withLoggingDisabled() {
      throw new UnsupportedOperationException("a dedup store cannot do without its changelog");
    }

    @Override
    public DedupStore build() {
      return new DedupStore(name, most, sealedAt);
    }

    @Override
    public Map<String, String> logConfig() {
      return Map.of();
    }

    @Override
    public boolean loggingEnabled() {
      return true;
    }
  }
}
