package io.tollgate.streams;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StandbyUpdateListener;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.apache.kafka.streams.processor.TaskId;

/**
 * How much state is still to be read from changelogs: of tasks that wait for it, and of standby
 * copies, which nobody waits for. Written by restoring threads, read by anybody.
 */
final class RestoreProgress implements StateRestoreListener, StandbyUpdateListener {
  /** Records to go, by changelog partition. */
  private final Map<TopicPartition, Restoring> active = new ConcurrentHashMap<>();

  private final Map<TopicPartition, Long> standby = new ConcurrentHashMap<>();
  private final LongAdder restored = new LongAdder();

  private record Restoring(long next, long end) {
    long left() {
      return Math.max(0, end - next);
    }
  }

  /** Changelog partitions that tasks wait for. */
  int partitions() {
    return active.size();
  }

  /** Records of them that are still to be read. */
  long records() {
    return active.values().stream().mapToLong(Restoring::left).sum();
  }

  /** Records of them that were read so far. */
  long restored() {
    return restored.sum();
  }

  /** Records by which the standby copies here are behind. */
  long standbyLag() {
    return standby.values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public void onRestoreStart(TopicPartition changelog, String store, long start, long end) {
    standby.remove(changelog);
    active.put(changelog, new Restoring(start, end));
  }

  @Override
  public void onBatchRestored(TopicPartition changelog, String store, long batchEnd, long records) {
    restored.add(records);
    active.computeIfPresent(changelog, (same, known) -> new Restoring(batchEnd, known.end()));
  }

  @Override
  public void onRestoreEnd(TopicPartition changelog, String store, long records) {
    active.remove(changelog);
  }

  @Override
  public void onRestoreSuspended(TopicPartition changelog, String store, long records) {
    active.remove(changelog);
  }

  @Override
  public void onUpdateStart(TopicPartition changelog, String store, long start) {
    standby.put(changelog, 0L);
  }

  @Override
  public void onBatchLoaded(
      TopicPartition changelog,
      String store,
      TaskId task,
      long batchEnd,
      long batchSize,
      long currentEnd) {
    // The last record's own offset is one below the end.
    standby.put(changelog, Math.max(0, currentEnd - batchEnd - 1));
  }

  @Override
  public void onUpdateSuspended(
      TopicPartition changelog, String store, long offset, long currentEnd, SuspendReason reason) {
    standby.remove(changelog);
  }
}
