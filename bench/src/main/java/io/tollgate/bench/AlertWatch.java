package io.tollgate.bench;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.TopicFollower;
import io.tollgate.schemas.TopicFollowing;
import io.tollgate.schemas.TopicReader;
import io.tollgate.schemas.TopicStart;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.BudgetAlert;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecords;

/** Notes when each budget's first alert is seen by a reader of committed records. */
final class AlertWatch implements AutoCloseable {
  private static final Duration BEGIN = Duration.ofSeconds(30);

  private final AvroSerde<BudgetAlert> serde;
  private final Map<String, Long> seen = new ConcurrentHashMap<>();
  private final TopicFollowing following;

  AlertWatch(Rig rig) {
    this.serde = AvroSerde.of(Topics.BUDGET_ALERTS, rig.ids());
    this.following =
        TopicReader.of(rig.endpoints().bootstrapServers(), Topics.BUDGET_ALERTS)
            .from(new TopicStart.End())
            .follow("alerts", this::take);
    following.awaitCaughtUp(BEGIN);
  }

  private TopicFollower.Next take(ConsumerRecords<String, byte[]> batch) {
    long now = System.nanoTime();
    batch.forEach(record -> seen.putIfAbsent(serde.decode(record.value()).getBudgetId(), now));
    return TopicFollower.Next.GO_ON;
  }

  /** When each was seen, in nanoseconds of this JVM, by budget. */
  Map<String, Long> seen() {
    return seen;
  }

  @Override
  public void close() {
    following.close();
  }
}
