package io.tollgate.bench;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.TopicReader;
import io.tollgate.schemas.TopicStart;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.UsageDelta;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What a contender has committed to its topics, read back by the process that judges it. */
final class Totals {
  /** Running sums per key, of jobs whose state cannot be read otherwise. */
  static final String TOTALS_TOPIC = "bench.totals";

  private final String bootstrapServers;
  private final AvroSerde<UsageDelta> deltas;
  private final AvroSerde<RatedUsage> rated;

  private int mostParts;

  Totals(String bootstrapServers, SchemaIds ids) {
    this.bootstrapServers = bootstrapServers;
    this.deltas = AvroSerde.of(Topics.USAGE_DELTAS, ids);
    this.rated = AvroSerde.of(Topics.USAGE_RATED, ids);
  }

  /** The sum of the deltas. */
  Sums ofDeltas(Map<Integer, Long> from) {
    Sums.Builder sums = new Sums.Builder();
    read(
        Topics.USAGE_DELTAS.name(),
        from,
        record -> {
          UsageDelta delta = deltas.decode(record.value());
          mostParts = Math.max(mostParts, delta.getParts());
          for (DeltaEntry entry : delta.getEntries()) {
            sums.add(
                UsagePartitions.key(
                    delta.getOrganizationId(), entry.getWorkspaceId(), entry.getApiKeyId()),
                entry.getRequests(),
                Sums.unitsOf(entry.getUnits()),
                entry.getCost().unscaledValue().longValueExact());
          }
        });
    return sums.build();
  }

  /** Into how many parts the largest delta so far was split. */
  int mostParts() {
    return mostParts;
  }

  /** The sum of rated records. */
  Sums ofRated(String topic, Map<Integer, Long> from) {
    Sums.Builder sums = new Sums.Builder();
    read(
        topic,
        from,
        record -> {
          RatedUsage usage = rated.decode(record.value());
          sums.add(
              record.key(),
              1,
              Sums.unitsOf(usage.getEvent().getUnits()),
              usage.getCost().unscaledValue().longValueExact());
        });
    return sums.build();
  }

  /** The newest {@link KeySums} of each key and partition, added up. */
  Sums ofNewest(String topic, Map<Integer, Long> from) {
    Map<String, KeySums> newest = new HashMap<>();
    read(
        topic,
        from,
        record ->
            newest.put(record.key() + '@' + record.partition(), KeySums.fromBytes(record.value())));
    Sums.Builder sums = new Sums.Builder();
    newest.forEach(
        (key, one) ->
            sums.add(
                key.substring(0, key.lastIndexOf('@')), one.events(), one.units(), one.picos()));
    return sums.build();
  }

  /** Reads what is committed now from these offsets on; partitions not named from their first. */
  private void read(
      String topic, Map<Integer, Long> from, Consumer<ConsumerRecord<String, byte[]>> each) {
    TopicReader.of(bootstrapServers, topic).from(new TopicStart.Kept(() -> from)).readToEnd(each);
  }
}
