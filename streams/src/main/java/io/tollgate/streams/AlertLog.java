package io.tollgate.streams;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.MalformedRecord;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.TopicFollower;
import io.tollgate.schemas.TopicFollowing;
import io.tollgate.schemas.TopicReader;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.BudgetAlert;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest committed alerts of each organization, in memory, kept current by a thread of its own
 * that reads budget.alerts from the beginning at each start.
 */
final class AlertLog implements AutoCloseable {
  /** Older alerts of an organization are on the topic only. */
  static final int MOST_PER_ORGANIZATION = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(AlertLog.class);

  private final AvroSerde<BudgetAlert> serde;
  private final Map<String, Deque<BudgetAlert>> byOrganization = new HashMap<>();
  private final AlertLatency latency;
  private final TopicFollowing following;

  private AlertLog(String bootstrapServers, SchemaIds ids, AlertLatency latency) {
    this.latency = latency;
    this.serde = AvroSerde.of(Topics.BUDGET_ALERTS, ids);
    this.following =
        TopicReader.of(bootstrapServers, Topics.BUDGET_ALERTS)
            .follow("view-" + Topics.BUDGET_ALERTS.name(), new Reading());
  }

  static AlertLog start(String bootstrapServers, SchemaIds ids, AlertLatency latency) {
    return new AlertLog(bootstrapServers, ids, latency);
  }

  /** Whether everything that the topic held at the start has been read. */
  boolean isCaughtUp() {
    return following.isCaughtUp();
  }

  /** The alerts of an organization, newest first. */
  List<BudgetAlert> newestFirst(String organizationId) {
    synchronized (byOrganization) {
      return List.copyOf(byOrganization.getOrDefault(organizationId, new ArrayDeque<>()));
    }
  }

  void add(BudgetAlert alert) {
    synchronized (byOrganization) {
      Deque<BudgetAlert> alerts =
          byOrganization.computeIfAbsent(alert.getOrganizationId(), id -> new ArrayDeque<>());
      alerts.addFirst(alert);
      if (alerts.size() > MOST_PER_ORGANIZATION) {
        alerts.removeLast();
      }
    }
  }

  private final class Reading implements TopicFollower {
    /** What was there when reading began is not late by what it took to come here. */
    private boolean live;

    @Override
    public void begun() {
      live = false;
      synchronized (byOrganization) {
        byOrganization.clear();
      }
    }

    @Override
    public void caughtUp() {
      live = true;
    }

    @Override
    public Next take(ConsumerRecords<String, byte[]> batch) {
      batch.forEach(this::decode);
      return Next.GO_ON;
    }

    private void decode(ConsumerRecord<String, byte[]> record) {
      try {
        BudgetAlert alert = serde.decode(record.value());
        add(alert);
        if (live) {
          latency.seen(alert);
        }
      } catch (MalformedRecord e) {
        LOG.error(
            "alert {}/{} is left out: {}", record.partition(), record.offset(), e.getMessage());
      }
    }
  }

  @Override
  public void close() {
    following.close();
  }
}
