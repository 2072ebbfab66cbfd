package io.tollgate.governance.store;

import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.Topic;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.avro.specific.SpecificRecord;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;

/**
 * What a compacted topic must hold, from the tables: the record of each row, by the builder that a
 * change publishes it with.
 *
 * @param rows the records, from the tables
 * @param key of the record
 * @param judged what of a record is compared: without what may differ and means the same
 */
public record TopicSource<V extends SpecificRecord>(
    Topic<V> topic,
    Function<Handle, List<V>> rows,
    Function<V, String> key,
    UnaryOperator<V> judged) {
  /**
   * A source whose records are compared as they are.
   *
   * @param select SQL of the rows that have a record
   */
  public TopicSource(Topic<V> topic, String select, RowMapper<V> record, Function<V, String> key) {
    this(
        topic,
        handle -> handle.createQuery(select).map(record).list(),
        key,
        UnaryOperator.identity());
  }

  /** All records by key, encoded as the outbox holds them. */
  public Map<String, byte[]> records(Handle handle) {
    return encoded(handle, UnaryOperator.identity());
  }

  /** What of all records is compared. */
  public Map<String, byte[]> expected(Handle handle) {
    return encoded(handle, judged);
  }

  private Map<String, byte[]> encoded(Handle handle, UnaryOperator<V> how) {
    Map<String, byte[]> records = new TreeMap<>();
    for (V row : rows.apply(handle)) {
      records.put(key.apply(row), Outbox.encode(topic, how.apply(row)));
    }
    return records;
  }

  /** What of the topic's records is compared, as it holds them now. */
  public Map<String, byte[]> published(Endpoints kafka) {
    Map<String, byte[]> records = new TreeMap<>();
    TopicRecords.read(
        kafka,
        topic,
        (name, value) -> {
          if (value.isPresent()) {
            records.put(name, Outbox.encode(topic, judged.apply(value.get())));
          } else {
            records.remove(name);
          }
        });
    return records;
  }
}
