package io.tollgate.streams;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The clients of the product, but a commit fails when asked to, as if no broker answered. */
final class FailingCommits extends StreamsClients {
  private record Failure(boolean withOffsets, Supplier<KafkaException> exception) {}

  private final AtomicReference<@Nullable Failure> next = new AtomicReference<>();

  /**
   * Fails the next commit of something written.
   *
   * @param withOffsets whether it is one of records, else of what was written by the clock alone
   */
  void failNext(boolean withOffsets, Supplier<KafkaException> exception) {
    next.set(new Failure(withOffsets, exception));
  }

  boolean hasFailed() {
    return next.get() == null;
  }

  @Override
  public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
    return new FailingProducer(new HashMap<>(config));
  }

  private final class FailingProducer extends FailFastProducer {
    private boolean sent;
    private boolean offsets;

    private FailingProducer(Map<String, Object> config) {
      super(config);
    }

    @Override
    public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback callback) {
      sent = true;
      return super.send(record, callback);
    }

    @Override
    public void sendOffsetsToTransaction(
        Map<TopicPartition, OffsetAndMetadata> consumed, ConsumerGroupMetadata group) {
      offsets = !consumed.isEmpty();
      super.sendOffsetsToTransaction(consumed, group);
    }

    @Override
    public void commitTransaction() {
      Failure failure = next.get();
      if (failure != null && sent && failure.withOffsets == offsets) {
        next.set(null);
        failFast(
            () -> {
              throw failure.exception.get();
            });
      }
      sent = false;
      super.commitTransaction();
    }
  }
}
