package io.tollgate.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;

class TopicsTest {
  @Test
  void namesAreUnique() {
    assertThat(Topics.ALL.stream().map(Topic::name)).doesNotHaveDuplicates();
  }

  @Test
  void usageIsDatedByTheBrokerAndOutlivesTheDedupWindow() {
    NewTopic topic = TopicCreation.describe(Topics.USAGE_EVENTS, TopicSizing.cluster());
    assertThat(topic.numPartitions()).isEqualTo(32);
    assertThat(topic.replicationFactor()).isEqualTo((short) 3);
    assertThat(topic.configs())
        .containsEntry("message.timestamp.type", "LogAppendTime")
        .containsEntry("min.insync.replicas", "2")
        .containsEntry("cleanup.policy", "delete");
    assertThat(Long.parseLong(topic.configs().get("retention.ms")))
        .isGreaterThan(Topics.DEDUP_WINDOW.toMillis());
    assertThat(Topics.DEDUP_WINDOW).isGreaterThanOrEqualTo(UsageEventRules.MOST_LATE);
  }

  @Test
  void referenceDataIsCompacted() {
    assertThat(TopicCreation.describe(Topics.PRINCIPALS, TopicSizing.local()).configs())
        .containsEntry("cleanup.policy", "compact");
  }

  @Test
  void sizesAreChecked() {
    assertThatThrownBy(() -> new TopicSizing(0, 1, (short) 1, (short) 1))
        .hasMessageContaining("usage_partitions");
    assertThatThrownBy(() -> new TopicSizing(4, 2, (short) 1, (short) 2))
        .hasMessageContaining("min_isr");
  }
}
