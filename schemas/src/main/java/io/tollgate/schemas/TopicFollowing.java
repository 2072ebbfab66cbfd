package io.tollgate.schemas;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that reads a topic on and on for a {@link TopicFollower} until it is closed. Whatever
 * fails, Kafka, the registry or the follower, is logged, and reading begins again a second later.
 */
public final class TopicFollowing implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TopicFollowing.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration CLOSE = Duration.ofSeconds(5);

  private final TopicReader reader;
  private final TopicFollower follower;
  private final CountDownLatch caughtUp = new CountDownLatch(1);
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private volatile @Nullable Consumer<String, byte[]> current;

  private TopicFollowing(TopicReader reader, String threadName, TopicFollower follower) {
    this.reader = reader;
    this.follower = follower;
    this.thread = Thread.ofPlatform().daemon().name(threadName).unstarted(this::run);
  }

  static TopicFollowing start(TopicReader reader, String threadName, TopicFollower follower) {
    TopicFollowing following = new TopicFollowing(reader, threadName, follower);
    following.thread.start();
    return following;
  }

  /** Whether everything that was committed when reading first began has been taken. */
  public boolean isCaughtUp() {
    return caughtUp.getCount() == 0;
  }

  /**
   * Waits until {@link #isCaughtUp}.
   *
   * @throws IllegalStateException after the bound
   */
  public void awaitCaughtUp(Duration bound) {
    try {
      if (!caughtUp.await(bound.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException(reader.topic() + " could not be read within " + bound);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while reading " + reader.topic(), e);
    }
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  private void run() {
    while (!isClosing()) {
      try (Consumer<String, byte[]> consumer = reader.consumer()) {
        current = consumer;
        while (!isClosing()) {
          follow(consumer);
        }
      } catch (WakeupException e) {
        LOG.debug("{} is no longer read", reader.topic());
      } catch (RuntimeException e) {
        if (!isClosing()) {
          LOG.warn("{} cannot be read now, trying again: {}", reader.topic(), e.toString());
          follower.failed(e);
          pause();
        }
      }
    }
  }

  private void follow(Consumer<String, byte[]> consumer) {
    TopicPass pass = reader.begin(consumer, reader.ends(consumer));
    follower.begun();
    boolean behind = true;
    TopicFollower.Next next = TopicFollower.Next.GO_ON;
    while (next == TopicFollower.Next.GO_ON && !isClosing()) {
      if (behind && pass.atEnds()) {
        behind = false;
        follower.caughtUp();
        caughtUp.countDown();
      }
      ConsumerRecords<String, byte[]> batch = pass.poll();
      if (!batch.isEmpty()) {
        next = follower.take(batch);
      }
    }
  }

  private void pause() {
    try {
      boolean closed = closing.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
      LOG.debug("closed meanwhile: {}", closed);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closing.countDown();
    }
  }

  /** Waits up to 5 s for the follower to finish its batch, then interrupts it. */
  @Override
  public void close() {
    closing.countDown();
    Consumer<String, byte[]> consumer = current;
    if (consumer != null) {
      consumer.wakeup();
    }
    try {
      if (!thread.join(CLOSE)) {
        thread.interrupt();
        thread.join(CLOSE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
