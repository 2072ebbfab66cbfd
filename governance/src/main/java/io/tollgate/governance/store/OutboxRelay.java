package io.tollgate.governance.store;

import io.tollgate.http.Health;
import io.tollgate.schemas.AcceptedAt;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the outbox in order, at least once.
 *
 * <p>One relay of all instances works at a time: it holds an advisory lock on the connection it
 * reads and marks with. A relay that lost the lock without noticing can no longer mark, and its
 * records still on the way are fenced off by the transactional id, so that an older version never
 * lands after a newer one. Killed before publishing, the rows are still unpublished; killed between
 * publishing and marking, they are published again in the same order, which a compacted topic
 * bears.
 */
public final class OutboxRelay implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OutboxRelay.class);
  private static final String TRANSACTIONAL_ID = "governance-outbox";
  private static final long RELAY_LOCK = Outbox.WRITE_LOCK + 1;
  private static final int BATCH = 200;
  private static final int PURGE_BATCH = 1_000;
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration STAND_BY = Duration.ofSeconds(1);
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Duration CLOSE = Duration.ofSeconds(5);
  private static final int KAFKA_MILLIS = 15_000;
  private static final String DATABASE_SECONDS = "15";

  private final GovernanceConfig config;
  private final SchemaIds ids;
  private final RelayStep step;
  private final Map<String, AvroSerde<?>> serdes = new HashMap<>();

  /** One place is enough: however many changes there were, one look finds them all. */
  private final BlockingQueue<Boolean> wakes = new ArrayBlockingQueue<>(1);

  private final Thread thread = Thread.ofPlatform().name("outbox-relay").unstarted(this::run);
  private volatile Health health = Health.down("the outbox relay is starting");
  private volatile boolean closing;

  private OutboxRelay(GovernanceConfig config, SchemaIds ids, RelayStep step) {
    this.config = config;
    this.ids = ids;
    this.step = step;
  }

  public static OutboxRelay start(GovernanceConfig config, SchemaIds ids, RelayStep step) {
    OutboxRelay relay = new OutboxRelay(config, ids, step);
    relay.thread.start();
    return relay;
  }

  /** Says that something was committed; without it the next look is at most 100 ms away. */
  public void wake() {
    wakes.offer(Boolean.TRUE);
  }

  /** Whether changes reach Kafka; while they do not, they are safe in the database. */
  public Health health() {
    return health;
  }

  private void run() {
    while (!closing) {
      try (Connection connection = connect()) {
        if (isLocked(connection)) {
          relay(connection);
        } else {
          health = Health.up("another instance relays the outbox");
          pause(STAND_BY);
        }
      } catch (SQLException | RuntimeException e) {
        // Whatever it is: a relay that ended would leave every later change unpublished.
        if (!closing) {
          // Anyone may read it: what is wrong in detail is for the log.
          health = Health.down("changes wait in the outbox: " + e.getClass().getSimpleName());
          LOG.warn("changes wait in the outbox, trying again: {}", e.toString());
          pause(RETRY);
        }
      } catch (InterruptedException e) {
        LOG.debug("the relay was interrupted to close");
      }
    }
  }

  private void relay(Connection connection) throws SQLException, InterruptedException {
    purge(connection);
    try (Producer<String, byte[]> producer = producer()) {
      producer.initTransactions();
      health = Health.up("the outbox is relayed");
      while (!closing) {
        if (relayBatch(connection, producer) < BATCH) {
          wakes.poll(POLL.toMillis(), TimeUnit.MILLISECONDS);
        }
      }
    }
  }

  /**
   * Without a body it removes the key; without a schema the body is put on the topic as it is.
   *
   * @param partition where it must be; null for where its key belongs
   * @param acceptedAt when it was first accepted, of one that was on the topic before
   */
  private record Row(
      long id,
      String topic,
      String key,
      byte @Nullable [] body,
      @Nullable String schema,
      @Nullable Integer partition,
      @Nullable Instant acceptedAt) {}

  private int relayBatch(Connection connection, Producer<String, byte[]> producer)
      throws SQLException {
    List<Row> rows = unpublished(connection);
    if (rows.isEmpty()) {
      return 0;
    }
    List<ProducerRecord<String, byte[]>> records = new ArrayList<>(rows.size());
    for (Row row : rows) {
      ProducerRecord<String, byte[]> record =
          new ProducerRecord<>(row.topic(), row.partition(), row.key(), wireForm(row));
      if (row.acceptedAt() != null) {
        AcceptedAt.add(record.headers(), row.acceptedAt());
      }
      records.add(record);
    }
    step.at(RelayStep.Place.BEFORE_PUBLISH);
    producer.beginTransaction();
    List<Future<RecordMetadata>> sent = new ArrayList<>(records.size());
    for (ProducerRecord<String, byte[]> record : records) {
      sent.add(producer.send(record));
    }
    // Waits for all of them, and fails if one has failed.
    producer.commitTransaction();
    LOG.debug("{} changes are published", sent.size());
    step.at(RelayStep.Place.BETWEEN_PUBLISH_AND_MARK);
    mark(connection, rows);
    return rows.size();
  }

  private static List<Row> unpublished(Connection connection) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, topic, key, body, schema, partition, accepted_at FROM outbox"
                + " WHERE published_at IS NULL ORDER BY id LIMIT ?")) {
      select.setInt(1, BATCH);
      try (ResultSet found = select.executeQuery()) {
        List<Row> rows = new ArrayList<>();
        while (found.next()) {
          rows.add(
              new Row(
                  found.getLong("id"),
                  found.getString("topic"),
                  found.getString("key"),
                  found.getBytes("body"),
                  found.getString("schema"),
                  found.getObject("partition", Integer.class),
                  Listing.optionalInstant(found, "accepted_at")));
        }
        return rows;
      }
    }
  }

  private static void mark(Connection connection, List<Row> rows) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE outbox SET published_at = now() WHERE published_at IS NULL AND id = ANY (?)")) {
      update.setArray(1, connection.createArrayOf("bigint", rows.stream().map(Row::id).toArray()));
      update.executeUpdate();
    }
  }

  /** A week is kept for whoever wonders what was published when. */
  private static void purge(Connection connection) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement(
            "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox"
                + " WHERE published_at < now() - interval '7 days' ORDER BY id LIMIT ?)")) {
      delete.setInt(1, PURGE_BATCH);
      int gone = delete.executeUpdate();
      if (gone > 0) {
        LOG.info("{} outbox rows published more than a week ago are removed", gone);
      }
    }
  }

  private byte @Nullable [] wireForm(Row row) {
    Topic<?> topic =
        Topics.ALL.stream()
            .filter(known -> known.name().equals(row.topic()))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalStateException("outbox row " + row.id() + " is for no known topic"));
    return row.body() == null || row.schema() == null
        ? row.body()
        : wireForm(topic, row.body(), row.schema());
  }

  private <V extends SpecificRecord> byte[] wireForm(Topic<V> topic, byte[] body, String schema) {
    @SuppressWarnings("unchecked") // put below under the name of its own topic
    AvroSerde<V> serde =
        (AvroSerde<V>) serdes.computeIfAbsent(topic.name(), name -> AvroSerde.of(topic, ids));
    return serde.encode(Outbox.decode(topic, body, schema));
  }

  private Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", config.database().user());
    properties.setProperty("password", config.database().password());
    properties.setProperty("currentSchema", Database.SCHEMA);
    properties.setProperty("ApplicationName", "tollgate-outbox-relay");
    properties.setProperty("connectTimeout", DATABASE_SECONDS);
    properties.setProperty("socketTimeout", DATABASE_SECONDS);
    properties.setProperty("tcpKeepAlive", "true");
    return DriverManager.getConnection(config.database().jdbcUrl(), properties);
  }

  /** The lock lives as long as the connection. */
  private static boolean isLocked(Connection connection) throws SQLException {
    try (PreparedStatement lock = connection.prepareStatement("SELECT pg_try_advisory_lock(?)")) {
      lock.setLong(1, RELAY_LOCK);
      try (ResultSet result = lock.executeQuery()) {
        return result.next() && result.getBoolean(1);
      }
    }
  }

  private Producer<String, byte[]> producer() {
    Map<String, Object> producer =
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            config.kafka().bootstrapServers(),
            ProducerConfig.TRANSACTIONAL_ID_CONFIG,
            TRANSACTIONAL_ID,
            ProducerConfig.ACKS_CONFIG,
            "all",
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
            true,
            ProducerConfig.MAX_BLOCK_MS_CONFIG,
            KAFKA_MILLIS,
            ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
            KAFKA_MILLIS,
            ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
            KAFKA_MILLIS / 2,
            ProducerConfig.LINGER_MS_CONFIG,
            0);
    return new KafkaProducer<>(producer, new StringSerializer(), new ByteArraySerializer());
  }

  private void pause(Duration time) {
    try {
      wakes.poll(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      LOG.debug("the relay was interrupted to close");
    }
  }

  @Override
  public void close() {
    closing = true;
    wake();
    try {
      if (!thread.join(CLOSE)) {
        thread.interrupt();
        thread.join(CLOSE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
