package io.tollgate.governance.store;

import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.Topic;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;

/**
 * What a compacted topic must hold, from the tables: the record of each row, by the builder that a
 * change publishes it with.
 *
 * @param select SQL of the rows that have a record
 * @param key of the record
 */
public record TopicSource<V extends SpecificRecord>(
    Topic<V> topic, String select, RowMapper<V> record, Function<V, String> key) {
  /** All records by key, encoded as the outbox holds them. */
  public Map<String, byte[]> records(Handle handle) {
    Map<String, byte[]> records = new TreeMap<>();
    handle
        .createQuery(select)
        .map(record)
        .forEach(one -> records.put(key.apply(one), Outbox.encode(topic, one)));
    return records;
  }

  /** What the topic holds now, encoded likewise. */
  public Map<String, byte[]> published(Endpoints kafka) {
    Map<String, byte[]> records = new TreeMap<>();
    TopicRecords.read(
        kafka,
        topic,
        (name, value) -> {
          if (value.isPresent()) {
            records.put(name, Outbox.encode(topic, value.get()));
          } else {
            records.remove(name);
          }
        });
    return records;
  }
}
