package io.tollgate.governance.store;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topic;
import java.time.Instant;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Writes down, in the transaction of a change, what must reach Kafka.
 *
 * <p>Writers take an advisory lock that PostgreSQL releases only after the transaction is visible.
 * So ids become visible in ascending order, and a reader that has seen one will never find a
 * smaller one later: without it, a slow transaction's row could be overtaken and then be missed.
 */
public final class Outbox {
  /** Any number that nobody else uses in this database. */
  public static final long WRITE_LOCK = 0x746f6c6c67617465L;

  private Outbox() {}

  /** Adds a record to the transaction of {@code handle}, after all that were added before. */
  public static <V extends SpecificRecord> void add(
      Handle handle, Instant now, Topic<V> topic, String key, V value) {
    insert(handle, now, topic, key, encode(topic, value), topic.schema().toString());
  }

  /** As {@link #add}, of a value that {@link #encode} has encoded. */
  public static void addEncoded(
      Handle handle, Instant now, Topic<?> topic, String key, byte[] value) {
    insert(handle, now, topic, key, value, topic.schema().toString());
  }

  /** Adds the removal of a key from a compacted topic. */
  public static void addRemoval(Handle handle, Instant now, Topic<?> topic, String key) {
    insert(handle, now, topic, key, null, null);
  }

  /**
   * A record as it came, to be put on its topic again.
   *
   * @param acceptedAt when it was first accepted
   */
  public record Again(int partition, Instant acceptedAt, String key, byte[] value) {}

  /** Adds a record that goes out as it came. */
  public static void addAgain(Handle handle, Instant now, Topic<?> topic, Again again) {
    lock(handle);
    handle
        .createUpdate(
            "INSERT INTO outbox (topic, key, body, partition, accepted_at, written_at)"
                + " VALUES (:topic, :key, :body, :partition, :accepted, :now)")
        .bind("topic", topic.name())
        .bind("key", again.key())
        .bind("body", again.value())
        .bind("partition", again.partition())
        .bind("accepted", again.acceptedAt())
        .bind("now", now)
        .execute();
  }

  private static void insert(
      Handle handle,
      Instant now,
      Topic<?> topic,
      String key,
      byte @Nullable [] body,
      @Nullable String schema) {
    lock(handle);
    handle
        .createUpdate(
            "INSERT INTO outbox (topic, key, body, schema, written_at)"
                + " VALUES (:topic, :key, :body, :schema, :now)")
        .bind("topic", topic.name())
        .bind("key", key)
        .bind("body", body)
        .bind("schema", schema)
        .bind("now", now)
        .execute();
  }

  /** Held until the transaction has ended; to take it again costs nothing. */
  public static void lock(Handle handle) {
    handle.execute("SELECT pg_advisory_xact_lock(?)", WRITE_LOCK);
  }

  public static <V extends SpecificRecord> byte[] encode(Topic<V> topic, V value) {
    return AvroSerde.of(topic, new RowSchema(topic.schema())).encode(value);
  }

  /** The record of a row; the schema it was written in may be an older one. */
  public static <V extends SpecificRecord> V decode(Topic<V> topic, byte[] body, String schema) {
    return AvroSerde.of(topic, new RowSchema(new Schema.Parser().parse(schema))).decode(body);
  }

  /** A row has its schema beside it: a change must not wait for a registry. */
  private record RowSchema(Schema schema) implements SchemaIds {
    @Override
    public int idOf(String subject, Schema written) {
      return 0;
    }

    @Override
    public Schema schemaOf(int id) {
      return schema;
    }
  }
}
