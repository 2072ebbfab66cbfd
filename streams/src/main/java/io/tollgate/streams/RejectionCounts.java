package io.tollgate.streams;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.MalformedRecord;
import io.tollgate.schemas.RejectReason;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.TopicFollower;
import io.tollgate.schemas.TopicFollowing;
import io.tollgate.schemas.TopicReader;
import io.tollgate.schemas.TopicStart;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.RejectedUsage;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts committed rejections by reason since this process started, over all partitions. For people
 * who watch: after an outage some may be missing here, never on the topic.
 */
final class RejectionCounts implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RejectionCounts.class);
  private static final int FETCH_BYTES = 256 * 1024;

  private final AvroSerde<RejectedUsage> serde;
  private final Map<RejectReason, LongAdder> counts = new EnumMap<>(RejectReason.class);
  private final TopicFollowing following;

  private RejectionCounts(String bootstrapServers, SchemaIds ids) {
    this.serde = AvroSerde.of(Topics.USAGE_REJECTED, ids);
    for (RejectReason reason : RejectReason.values()) {
      counts.put(reason, new LongAdder());
    }
    this.following =
        TopicReader.of(bootstrapServers, Topics.USAGE_REJECTED)
            .from(new TopicStart.End())
            .fetching(FETCH_BYTES)
            .follow("rejections", this::take);
  }

  static RejectionCounts start(String bootstrapServers, SchemaIds ids) {
    return new RejectionCounts(bootstrapServers, ids);
  }

  long count(RejectReason reason) {
    LongAdder count = counts.get(reason);
    return count == null ? 0 : count.sum();
  }

  private TopicFollower.Next take(ConsumerRecords<String, byte[]> batch) {
    batch.forEach(this::count);
    return TopicFollower.Next.GO_ON;
  }

  private void count(ConsumerRecord<String, byte[]> record) {
    try {
      String reason = serde.decode(record.value()).getReason();
      for (RejectReason known : RejectReason.values()) {
        if (known.wireName().equals(reason)) {
          counts.getOrDefault(known, new LongAdder()).increment();
        }
      }
    } catch (MalformedRecord e) {
      LOG.error(
          "rejection {}/{} is left out: {}", record.partition(), record.offset(), e.getMessage());
    }
  }

  @Override
  public void close() {
    following.close();
  }
}
