package io.tollgate.schemas;

import java.time.Duration;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;

/**
 * A topic with the type of its values; keys are UTF-8 strings everywhere. What is not said here
 * (partition counts, replication) depends on the installation: {@link TopicSizing}.
 *
 * @param name its name on the cluster
 * @param type the Avro record of its values
 * @param width which of the installation's partition counts it has
 * @param keeping how long records stay
 * @param timestamps who dates the records
 */
public record Topic<V extends SpecificRecord>(
    String name, Class<V> type, Width width, Keeping keeping, Timestamps timestamps) {

  /** Which partition count of {@link TopicSizing} a topic has. */
  public enum Width {
    USAGE,
    TALLY,
    ONE
  }

  /** Who dates the records of a topic. */
  public enum Timestamps {
    /** The broker, at append: a wrong clock elsewhere moves nothing. */
    APPEND,
    CREATE
  }

  /** How long records stay. */
  public sealed interface Keeping {
    /** For this long after append. */
    record For(Duration time) implements Keeping {}

    /** The newest of each key, for good. */
    record Newest() implements Keeping {}
  }

  /** The subject of its values in the schema registry. */
  public String subject() {
    return name + "-value";
  }

  /** The schema this version writes. */
  public Schema schema() {
    return SpecificData.get().getSchema(type);
  }
}
