package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StandbyUpdateListener.SuspendReason;
import org.apache.kafka.streams.processor.TaskId;
import org.junit.jupiter.api.Test;

class RestoreProgressTest {
  private static final TopicPartition ONE = new TopicPartition("changelog", 0);
  private static final TopicPartition TWO = new TopicPartition("changelog", 1);

  private final RestoreProgress progress = new RestoreProgress();

  @Test
  void whatTasksWaitForIsCountedUntilItIsThere() {
    progress.onRestoreStart(ONE, "store", 0, 100);
    progress.onRestoreStart(TWO, "store", 50, 60);
    assertThat(progress.partitions()).isEqualTo(2);
    assertThat(progress.records()).isEqualTo(110);
    progress.onBatchRestored(ONE, "store", 70, 70);
    assertThat(progress.records()).isEqualTo(40);
    assertThat(progress.restored()).isEqualTo(70);
    progress.onRestoreEnd(ONE, "store", 100);
    progress.onRestoreSuspended(TWO, "store", 0);
    assertThat(progress.partitions()).isZero();
    assertThat(progress.records()).isZero();
  }

  @Test
  void copiesForOthersAreNobodysWait() {
    progress.onUpdateStart(ONE, "store", 0);
    progress.onBatchLoaded(ONE, "store", new TaskId(0, 0), 29, 30, 100);
    assertThat(progress.standbyLag()).isEqualTo(70);
    assertThat(progress.partitions()).isZero();
    progress.onUpdateSuspended(ONE, "store", 29, 100, SuspendReason.PROMOTED);
    assertThat(progress.standbyLag()).isZero();
  }
}
