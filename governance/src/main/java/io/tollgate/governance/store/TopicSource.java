package io.tollgate.governance.store;

import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.Topic;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.avro.specific.SpecificRecord;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;

/**
 * What a compacted topic must hold, from the tables: the record of each row, by the builder that a
 * change publishes it with. Compared are digests, so that whoever compares holds no topic in
 * memory.
 *
 * @param rows the records, from the tables
 * @param key of the record
 * @param judged what of a record is compared: without what may differ and means the same
 */
public record TopicSource<V extends SpecificRecord>(
    Topic<V> topic, Rows<V> rows, Function<V, String> key, UnaryOperator<V> judged) {
  /** Where records come from, some at a time. */
  @FunctionalInterface
  public interface Rows<V> {
    /** Hands over each record once. */
    void each(Handle handle, Consumer<V> taker);
  }

  /**
   * A source of few enough rows to be read at once.
   *
   * @param rows the records, from the tables
   */
  public TopicSource(
      Topic<V> topic,
      Function<Handle, List<V>> rows,
      Function<V, String> key,
      UnaryOperator<V> judged) {
    this(topic, (handle, taker) -> rows.apply(handle).forEach(taker), key, judged);
  }

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

  /** Takes a record, encoded as the outbox holds it. */
  @FunctionalInterface
  public interface Taker {
    void take(String key, byte[] record);
  }

  /** Hands over those of the records that have one of these keys. */
  public void records(Handle handle, Set<String> keys, Taker taker) {
    rows.each(
        handle,
        row -> {
          String name = key.apply(row);
          if (keys.contains(name)) {
            taker.take(name, Outbox.encode(topic, row));
          }
        });
  }

  /** A digest of what is compared of each record, by key. */
  public Map<String, byte[]> expected(Handle handle) {
    Map<String, byte[]> digests = new TreeMap<>();
    rows.each(handle, row -> digests.put(key.apply(row), digest(row)));
    return digests;
  }

  /** The same of the topic's records, as it holds them now. */
  public Map<String, byte[]> published(Endpoints kafka) {
    Map<String, byte[]> digests = new TreeMap<>();
    TopicRecords.read(
        kafka,
        topic,
        (name, value) -> {
          if (value.isPresent()) {
            digests.put(name, digest(value.get()));
          } else {
            digests.remove(name);
          }
        });
    return digests;
  }

  private byte[] digest(V record) {
    try {
      return MessageDigest.getInstance("SHA-256")
          .digest(Outbox.encode(topic, judged.apply(record)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
