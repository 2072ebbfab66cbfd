package io.tollgate.schemas;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads the committed records of a topic without a consumer group, so that every reader sees all of
 * them: to the end once, or on and on. The partitions are those that there are when reading begins.
 *
 * <p>Nothing is skipped in silence: where the topic no longer has what comes next, reading to the
 * end fails and following begins again.
 */
public final class TopicReader {
  private static final int API_MILLIS = 15_000;
  private static final Duration SILENCE = Duration.ofSeconds(30);

  /** A consumer is closed only when the broker has answered its last fetch. */
  private static final int ONCE_FETCH_MILLIS = 20;

  private final String bootstrapServers;
  private final String topic;
  private final TopicStart start;
  private final Map<String, Object> settings;

  private TopicReader(
      String bootstrapServers, String topic, TopicStart start, Map<String, Object> settings) {
    this.bootstrapServers = bootstrapServers;
    this.topic = topic;
    this.start = start;
    this.settings = Map.copyOf(settings);
  }

  /** A reader from the first record on. */
  public static TopicReader of(String bootstrapServers, Topic<?> topic) {
    return of(bootstrapServers, topic.name());
  }

  /** A reader of a topic that is not in the catalogue, from the first record on. */
  public static TopicReader of(String bootstrapServers, String topic) {
    return new TopicReader(bootstrapServers, topic, new TopicStart.First(), Map.of());
  }

  /** The same, beginning elsewhere. */
  public TopicReader from(TopicStart other) {
    return new TopicReader(bootstrapServers, topic, other, settings);
  }

  /** The same, with batches of at most so many records. */
  public TopicReader batchesOf(int records) {
    return with(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, records);
  }

  /** The same, with at most so many bytes of a partition per fetch, if a record is not larger. */
  public TopicReader fetching(int bytes) {
    return with(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, bytes);
  }

  /** The same for what is there already: a fetch that waits for more only holds up the end. */
  private TopicReader once() {
    return with(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, ONCE_FETCH_MILLIS);
  }

  private TopicReader with(String setting, Object value) {
    Map<String, Object> more = new HashMap<>(settings);
    more.put(setting, value);
    return new TopicReader(bootstrapServers, topic, start, more);
  }

  /**
   * Hands over what is committed now.
   *
   * @throws TimeoutException if nothing comes for 30 s before the end
   */
  public void readToEnd(java.util.function.Consumer<ConsumerRecord<String, byte[]>> each) {
    try (Consumer<String, byte[]> consumer = once().consumer()) {
      read(consumer, ends(consumer), SILENCE, each);
    }
  }

  /**
   * Hands over what is committed below these offsets.
   *
   * @param nextOffsets the end of each partition; others are not read
   * @param silence how long nothing may come before an end
   * @throws TimeoutException if nothing comes for that long
   */
  public void readTo(
      Map<Integer, Long> nextOffsets,
      Duration silence,
      java.util.function.Consumer<ConsumerRecord<String, byte[]>> each) {
    Map<TopicPartition, Long> ends = new HashMap<>();
    nextOffsets.forEach((partition, end) -> ends.put(new TopicPartition(topic, partition), end));
    try (Consumer<String, byte[]> consumer = once().consumer()) {
      read(consumer, ends, silence, each);
    }
  }

  private void read(
      Consumer<String, byte[]> consumer,
      Map<TopicPartition, Long> ends,
      Duration silence,
      java.util.function.Consumer<ConsumerRecord<String, byte[]>> each) {
    TopicPass pass = begin(consumer, ends);
    long heard = System.nanoTime();
    while (!pass.atEnds()) {
      ConsumerRecords<String, byte[]> records = pass.poll();
      for (TopicPartition partition : records.partitions()) {
        long end = ends.getOrDefault(partition, 0L);
        records.records(partition).stream().filter(r -> r.offset() < end).forEach(each);
      }
      if (!records.isEmpty()) {
        heard = System.nanoTime();
      } else if (System.nanoTime() - heard > silence.toNanos()) {
        throw new TimeoutException(
            "%s could not be read to its end, nothing came for %s (%s)"
                .formatted(topic, silence, pass));
      }
    }
  }

  /** Hands over everything from the start on, on a thread of its own that begins with this call. */
  public TopicFollowing follow(String threadName, TopicFollower follower) {
    return TopicFollowing.start(this, threadName, follower);
  }

  String topic() {
    return topic;
  }

  TopicPass begin(Consumer<String, byte[]> consumer, Map<TopicPartition, Long> ends) {
    return new TopicPass(consumer, start, ends);
  }

  /** Up to where each partition is committed now. */
  Map<TopicPartition, Long> ends(Consumer<String, byte[]> consumer) {
    var partitions =
        consumer.partitionsFor(topic).stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    if (partitions.isEmpty()) {
      throw new UnknownTopicOrPartitionException("there is no topic " + topic);
    }
    return consumer.endOffsets(partitions);
  }

  Consumer<String, byte[]> consumer() {
    Map<String, Object> all = new HashMap<>(settings);
    all.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    all.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, IsolationLevel.READ_COMMITTED.toString());
    all.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    all.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    all.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    all.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, API_MILLIS);
    all.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, API_MILLIS / 2);
    return new KafkaConsumer<>(all, new StringDeserializer(), new ByteArrayDeserializer());
  }
}
