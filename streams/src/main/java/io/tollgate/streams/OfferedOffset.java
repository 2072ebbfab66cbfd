package io.tollgate.streams;

/**
 * What becomes of the offset up to which a store's own files go. Kafka Streams tells a store that
 * its task is corrupted, but not why: mostly a commit failed or another store's files are of no
 * use, which cannot be seen in ours. If that happens again before our offset was of any use, the
 * changelog has nothing there, and the files must go.
 */
final class OfferedOffset {
  /** Once it may have been a store beside us, whose files are gone the second time. */
  private static final int MOST_VAIN = 2;

  /** Times in a row that the task was corrupted with our offset asked for and never used. */
  private int vain;

  private boolean asked;

  void opened() {
    asked = false;
  }

  void asked() {
    asked = true;
  }

  /** The task works, or is restored from there. */
  void used() {
    asked = false;
    vain = 0;
  }

  /** Whether the files must go, now that the task is said to be corrupted. */
  boolean isVain() {
    if (asked && ++vain >= MOST_VAIN) {
      used();
      return true;
    }
    return false;
  }
}
