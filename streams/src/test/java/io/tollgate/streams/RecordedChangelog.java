package io.tollgate.streams;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A changelog in memory, with transactions. An offset is a record's index. */
final class RecordedChangelog implements Changelog {
  record Change(byte[] key, byte @Nullable [] value) {}

  /** In place of a record that was aborted: its offset is nobody else's. */
  private static final Change ABORTED = new Change(new byte[0], null);

  private final List<Change> committed = new ArrayList<>();
  private final List<Change> pending = new ArrayList<>();
  private boolean processing = true;

  @Override
  public void write(byte[] key, byte @Nullable [] value) {
    pending.add(new Change(key, value));
  }

  @Override
  public long offset() {
    int written = committed.size() + pending.size();
    return written == 0 ? Changelog.NO_OFFSET : written - 1;
  }

  @Override
  public boolean isProcessing() {
    return processing;
  }

  /** What Kafka Streams does around a commit. */
  void commit(DedupMemory memory) {
    processing = false;
    memory.save();
    committed.addAll(pending);
    pending.clear();
    processing = true;
  }

  void punctuate(Runnable work) {
    processing = false;
    work.run();
    processing = true;
  }

  void abort() {
    pending.forEach(change -> committed.add(ABORTED));
    pending.clear();
    processing = true;
  }

  List<Change> committed() {
    return committed;
  }

  /** The values that compaction would leave, in their order. */
  List<byte[]> compacted() {
    List<byte[]> left = new ArrayList<>();
    for (int i = 0; i < committed.size(); i++) {
      Change change = committed.get(i);
      boolean newest =
          committed.stream()
              .skip(i + 1)
              .noneMatch(later -> java.util.Arrays.equals(later.key(), change.key()));
      if (newest && change.value() != null) {
        left.add(change.value());
      }
    }
    return left;
  }

  /** What Kafka Streams does when a task starts: everything past the offset, then a checkpoint. */
  void restore(SegmentedDedupMemory memory) {
    for (int i = Math.toIntExact(Math.max(0, memory.offset() + 1)); i < committed.size(); i++) {
      if (committed.get(i) != ABORTED) {
        memory.restore(committed.get(i).key(), committed.get(i).value());
      }
      if (i % 50 == 0) {
        memory.covered(i);
      }
    }
    if (!committed.isEmpty()) {
      memory.covered(committed.size() - 1);
    }
  }
}
