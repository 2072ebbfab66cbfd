package io.tollgate.schemas;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * Creates the catalogue's topics on a cluster, and refuses one whose partition counts are not this
 * installation's.
 */
public final class TopicCreation {
  private static final long TIMEOUT_SECONDS = 30;

  /**
   * Room above the largest batch: a delta of 256 KiB, a dedup batch of 512 KiB, a rejected event
   * with its bytes.
   */
  private static final int MOST_MESSAGE_BYTES = 2 * 1024 * 1024;

  private TopicCreation() {}

  /**
   * Creates what is missing; existing topics are left as they are.
   *
   * @throws IllegalStateException if an existing topic has another partition count, since keys
   *     would meet other partitions; or if the cluster does not answer within 30 s
   */
  public static void createMissing(Admin admin, TopicSizing sizing) {
    try {
      Set<String> existing = admin.listTopics().names().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      List<NewTopic> missing = new ArrayList<>();
      List<String> present = new ArrayList<>();
      for (Topic<?> topic : Topics.ALL) {
        if (existing.contains(topic.name())) {
          present.add(topic.name());
        } else {
          missing.add(describe(topic, sizing));
        }
      }
      checkPartitions(admin, sizing, present);
      create(admin, missing);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while creating topics", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("topics could not be created: " + e.getMessage(), e);
    }
  }

  private static void create(Admin admin, List<NewTopic> missing)
      throws InterruptedException, ExecutionException, TimeoutException {
    for (var created : admin.createTopics(missing).values().entrySet()) {
      try {
        created.getValue().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        // Another process of ours was quicker: that is as good.
        if (!(e.getCause() instanceof TopicExistsException)) {
          throw e;
        }
      }
    }
  }

  private static void checkPartitions(Admin admin, TopicSizing sizing, List<String> present)
      throws InterruptedException, ExecutionException, TimeoutException {
    Map<String, TopicDescription> found =
        admin.describeTopics(present).allTopicNames().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    for (Topic<?> topic : Topics.ALL) {
      TopicDescription description = found.get(topic.name());
      int wanted = sizing.partitions(topic.width());
      if (description != null && description.partitions().size() != wanted) {
        throw new IllegalStateException(
            "topic %s has %d partitions, this installation is sized for %d; counts are fixed per topic generation"
                .formatted(topic.name(), description.partitions().size(), wanted));
      }
    }
  }

  static NewTopic describe(Topic<?> topic, TopicSizing sizing) {
    Map<String, String> config = new HashMap<>();
    config.put(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, Short.toString(sizing.minIsr()));
    config.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(MOST_MESSAGE_BYTES));
    config.put(
        TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
        switch (topic.timestamps()) {
          case APPEND -> "LogAppendTime";
          case CREATE -> "CreateTime";
        });
    switch (topic.keeping()) {
      case Topic.Keeping.For(var time) -> {
        config.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
        config.put(TopicConfig.RETENTION_MS_CONFIG, Long.toString(time.toMillis()));
      }
      case Topic.Keeping.Newest() ->
          config.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
    }
    return new NewTopic(topic.name(), sizing.partitions(topic.width()), sizing.replicationFactor())
        .configs(config);
  }
}
