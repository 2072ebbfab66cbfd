package io.tollgate.governance;

import static org.awaitility.Awaitility.await;

import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.schemas.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What governance holds, to be compared with what it holds later. */
final class StateDigest {
  private static final Duration SETTLED = Duration.ofSeconds(60);

  private StateDigest() {}

  /**
   * A digest of every table, the last row of the outbox and the ends of the topics; the audit says
   * of denied requests that they were.
   */
  static Map<String, String> of(GovernanceConfig settings) {
    Map<String, String> state = new TreeMap<>();
    try (Database database = Database.open(settings.database())) {
      await()
          .atMost(SETTLED)
          .until(
              () ->
                  database.read(
                      handle ->
                          handle
                              .createQuery(
                                  "SELECT NOT EXISTS (SELECT FROM outbox"
                                      + " WHERE published_at IS NULL AND topic <> :audit)")
                              .bind("audit", Topics.AUDIT_HEADS.name())
                              .mapTo(Boolean.class)
                              .one()));
      database.read(
          handle -> {
            List<String> tables =
                handle
                    .createQuery(
                        "SELECT table_name FROM information_schema.tables"
                            + " WHERE table_schema = 'governance' AND table_type = 'BASE TABLE'")
                    .mapTo(String.class)
                    .list();
            for (String table : tables) {
              if (!table.startsWith("audit") && !table.equals("outbox")) {
                state.put(
                    table,
                    handle
                        .createQuery(
                            "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, ','"
                                + " ORDER BY t::text)), '') FROM "
                                + table
                                + " t")
                        .mapTo(String.class)
                        .one());
              }
            }
            state.put(
                "outbox",
                handle
                    .createQuery(
                        "SELECT coalesce(max(id), 0) || '' FROM outbox WHERE topic <> :audit")
                    .bind("audit", Topics.AUDIT_HEADS.name())
                    .mapTo(String.class)
                    .one());
            return state;
          });
    }
    ends(settings, state);
    return state;
  }

  private static void ends(GovernanceConfig settings, Map<String, String> state) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", settings.kafka().bootstrapServers()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> governed =
          Topics.ALL.stream()
              .filter(topic -> topic.name().startsWith("governance."))
              .filter(topic -> !topic.equals(Topics.AUDIT_HEADS))
              .map(topic -> new TopicPartition(topic.name(), 0))
              .toList();
      consumer
          .endOffsets(governed)
          .forEach((partition, end) -> state.put(partition.topic(), Long.toString(end)));
    }
  }
}
