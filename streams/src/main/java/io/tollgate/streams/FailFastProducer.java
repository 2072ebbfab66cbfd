package io.tollgate.streams;

import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A producer of Kafka Streams that turns a timeout into a failure that ends the thread; its
 * replacement starts from what is committed.
 *
 * <p>Left alone, Kafka Streams 4.3 revives the task within the same thread, and can lose events: it
 * remembers in the task that the consumer must go back to the committed offsets, and then triggers
 * a rebalance, which replaces a task that has not been initialized yet by one that does not know.
 * And where nothing was consumed since the start, it takes the commit that timed out for done. See
 * docs/adr/0030-timeouts-end-the-thread.md.
 */
class FailFastProducer extends KafkaProducer<byte[], byte[]> {
  FailFastProducer(Map<String, Object> config) {
    super(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  @Override
  public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback callback) {
    try {
      return super.send(
          record,
          (metadata, failure) ->
              callback.onCompletion(
                  metadata, failure instanceof RetriableException e ? failure(e) : failure));
    } catch (RetriableException e) {
      throw failure(e);
    }
  }

  @Override
  public void sendOffsetsToTransaction(
      Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group) {
    failFast(() -> super.sendOffsetsToTransaction(offsets, group));
  }

  @Override
  public void commitTransaction() {
    failFast(super::commitTransaction);
  }

  static void failFast(Runnable work) {
    try {
      work.run();
    } catch (RetriableException e) {
      throw failure(e);
    }
  }

  private static KafkaException failure(RetriableException e) {
    return new KafkaException("Kafka did not answer in time: " + e.getMessage(), e);
  }
}
