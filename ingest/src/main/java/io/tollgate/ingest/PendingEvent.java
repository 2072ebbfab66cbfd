package io.tollgate.ingest;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * One event between {@code publish} and its acknowledgement. Settles once, whatever the producer or
 * the caller of the future does, so that a place in flight is given back exactly once.
 */
final class PendingEvent implements Callback {
  private final CompletableFuture<Acknowledged> future = new CompletableFuture<>();
  private final AtomicBoolean settled = new AtomicBoolean();
  private final FailureNames failures;
  private final Runnable giveBack;

  /** The thread inside {@code send}: a failure reported on it never reached the log. */
  private volatile @Nullable Thread sending = Thread.currentThread();

  PendingEvent(FailureNames failures, Runnable giveBack) {
    this.failures = failures;
    this.giveBack = giveBack;
  }

  CompletableFuture<Acknowledged> future() {
    return future;
  }

  void handedOver() {
    sending = null;
  }

  @Override
  public void onCompletion(@Nullable RecordMetadata metadata, @Nullable Exception failure) {
    if (failure != null) {
      fail(failure);
    } else if (metadata != null && settled.compareAndSet(false, true)) {
      giveBack.run();
      future.complete(new Acknowledged(metadata.partition(), metadata.offset()));
    }
  }

  void fail(Exception failure) {
    if (settled.compareAndSet(false, true)) {
      giveBack.run();
      future.completeExceptionally(failures.name(failure, Thread.currentThread() != sending));
    }
  }

  /** Says in the publisher's own words what the producer reported. */
  @FunctionalInterface
  interface FailureNames {
    PublishFailed name(Exception failure, boolean handedOver);
  }
}
