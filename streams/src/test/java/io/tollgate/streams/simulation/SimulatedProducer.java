package io.tollgate.streams.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.internals.InternalProcessorContext;
import org.apache.kafka.streams.processor.internals.RecordCollector;
import org.jspecify.annotations.Nullable;

/**
 * The transactional producer of one client: what its tasks send becomes visible with the commit, or
 * never.
 */
final class SimulatedProducer {
  private final SimulatedBroker broker;
  private final SimulatedTime time;
  private final List<Pending> pending = new ArrayList<>();
  private final Map<TopicPartition, Long> acknowledged = new HashMap<>();

  SimulatedProducer(SimulatedBroker broker, SimulatedTime time) {
    this.broker = broker;
    this.time = time;
  }

  private record Pending(
      String topic,
      int partition,
      byte @Nullable [] key,
      byte @Nullable [] value,
      Headers headers) {}

  /** Writes what was sent since the last commit, in order; the records as they now stand. */
  List<SimulatedBroker.Entry> commit(Map<TopicPartition, Long> offsets) {
    List<SimulatedBroker.Entry> written = new ArrayList<>(pending.size());
    Set<TopicPartition> touched = new LinkedHashSet<>();
    for (Pending one : pending) {
      SimulatedBroker.Entry entry =
          broker.append(
              one.topic, one.partition, one.key, one.value, one.headers, time.milliseconds());
      TopicPartition partition = new TopicPartition(one.topic, one.partition);
      acknowledged.put(partition, entry.offset());
      touched.add(partition);
      written.add(entry);
    }
    touched.forEach(partition -> broker.mark(partition.topic(), partition.partition()));
    offsets.forEach(broker::commit);
    pending.clear();
    return written;
  }

  void abort() {
    pending.clear();
  }

  /** What a task sends through. */
  RecordCollector collector() {
    return new Collector();
  }

  private final class Collector implements RecordCollector {
    @Override
    public <K, V> void send(
        String topic,
        K key,
        V value,
        @Nullable Headers headers,
        @Nullable Integer partition,
        Long timestamp,
        Serializer<K> keySerializer,
        Serializer<V> valueSerializer,
        @Nullable String node,
        InternalProcessorContext<Void, Void> context) {
      Headers copy = new RecordHeaders(headers == null ? new RecordHeaders() : headers);
      byte[] keyBytes = keySerializer.serialize(topic, copy, key);
      byte[] valueBytes = valueSerializer.serialize(topic, copy, value);
      pending.add(
          new Pending(
              topic,
              partition == null ? hash(topic, keyBytes) : partition,
              keyBytes,
              valueBytes,
              copy));
    }

    @Override
    public <K, V> void send(
        String topic,
        K key,
        V value,
        @Nullable Headers headers,
        Long timestamp,
        Serializer<K> keySerializer,
        Serializer<V> valueSerializer,
        @Nullable String node,
        InternalProcessorContext<Void, Void> context,
        @Nullable StreamPartitioner<? super K, ? super V> partitioner) {
      Integer chosen = null;
      if (partitioner != null) {
        Optional<Set<Integer>> some =
            partitioner.partitions(topic, key, value, broker.partitions(topic));
        chosen = some.orElseThrow().iterator().next();
      }
      send(
          topic,
          key,
          value,
          headers,
          chosen,
          timestamp,
          keySerializer,
          valueSerializer,
          node,
          context);
    }

    @Override
    public <K, V> void send(
        K key,
        V value,
        String node,
        InternalProcessorContext<?, ?> context,
        ProducerRecord<byte[], byte[]> serialized) {
      throw new UnsupportedOperationException("dead letters are not written by these topologies");
    }

    private int hash(String topic, byte[] key) {
      return Utils.toPositive(Utils.murmur2(key)) % broker.partitions(topic);
    }

    @Override
    public void initialize() {}

    @Override
    public void flush() {}

    @Override
    public void closeClean() {}

    @Override
    public void closeDirty() {}

    @Override
    public Map<TopicPartition, Long> offsets() {
      return Map.copyOf(acknowledged);
    }
  }
}
