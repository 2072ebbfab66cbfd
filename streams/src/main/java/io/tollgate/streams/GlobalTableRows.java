package io.tollgate.streams;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.MalformedRecord;
import io.tollgate.schemas.Topic;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes the records of one governance topic into its table, at the start as well as live. */
final class GlobalTableRows<V extends SpecificRecord>
    implements Processor<String, byte[], Void, Void> {
  private static final Logger LOG = LoggerFactory.getLogger(GlobalTableRows.class);

  private final Topic<V> topic;
  private final AvroSerde<V> serde;
  private final BiConsumer<String, @Nullable V> change;
  private final AtomicLong version;
  private final Map<String, Long> readTo;
  private @Nullable ProcessorContext<Void, Void> context;

  GlobalTableRows(
      Topic<V> topic,
      AvroSerde<V> serde,
      BiConsumer<String, @Nullable V> change,
      AtomicLong version,
      Map<String, Long> readTo) {
    this.topic = topic;
    this.serde = serde;
    this.change = change;
    this.version = version;
    this.readTo = readTo;
  }

  @Override
  public void init(ProcessorContext<Void, Void> tableContext) {
    context = tableContext;
  }

  @Override
  public void process(Record<String, byte[]> record) {
    V row;
    try {
      row = serde.deserialize(topic.name(), record.value());
    } catch (MalformedRecord e) {
      // Whoever wrote this is not governance; the row known before stays.
      LOG.error("record {} of {} is left out: {}", record.key(), topic.name(), e.getMessage());
      return;
    }
    // Who sees that a row is gone must see how far the table has come, and who sees that far must
    // see the row.
    if (row == null) {
      tellReadTo();
      change.accept(record.key(), null);
    } else {
      change.accept(record.key(), row);
      tellReadTo();
    }
    version.incrementAndGet();
  }

  private void tellReadTo() {
    Objects.requireNonNull(context, "not initialized")
        .recordMetadata()
        .ifPresent(metadata -> readTo.put(topic.name(), metadata.offset() + 1));
  }
}
