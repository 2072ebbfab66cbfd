package io.tollgate.streams;

import java.util.Arrays;
import java.util.concurrent.locks.StampedLock;
import java.util.function.Supplier;

/**
 * Lets questions from outside see several stores of a task as of one commit: what a task writes to
 * them, it writes in one go right before its commits. Tasks do not wait for each other.
 * Thread-safe.
 */
final class ConsistentReads {
  /** Then the next commit waits for the reader instead. */
  private static final int MOST_TRIES = 3;

  private final StampedLock[] locks;

  /**
   * @param partitions of the topic that tasks read, hence tasks
   */
  ConsistentReads(int partitions) {
    locks = new StampedLock[partitions];
    Arrays.setAll(locks, partition -> new StampedLock());
  }

  void write(int partition, Runnable work) {
    StampedLock lock = locks[partition];
    long stamp = lock.writeLock();
    try {
      work.run();
    } finally {
      lock.unlockWrite(stamp);
    }
  }

  /**
   * @param question is asked again if something was written meanwhile
   */
  <T> T read(int partition, Supplier<T> question) {
    StampedLock lock = locks[partition];
    for (int i = 0; i < MOST_TRIES; i++) {
      long stamp = lock.tryOptimisticRead();
      if (stamp != 0) {
        T answer = question.get();
        if (lock.validate(stamp)) {
          return answer;
        }
      }
    }
    long stamp = lock.readLock();
    try {
      return question.get();
    } finally {
      lock.unlockRead(stamp);
    }
  }
}
