package io.tollgate.billing;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import java.util.function.Function;

/**
 * A topic that is landed, the table it fills, and how a record becomes a row.
 *
 * @param encoder makes one, for one thread
 */
record LandedLog(Topic<?> topic, LandedTable table, Function<SchemaIds, RowEncoder> encoder) {
  static final LandedLog RATED =
      new LandedLog(
          Topics.USAGE_RATED,
          UsageRatedTable.TABLE,
          ids -> new RatedRowEncoder(AvroSerde.of(Topics.USAGE_RATED, ids)));

  static final LandedLog REJECTED =
      new LandedLog(
          Topics.USAGE_REJECTED,
          UsageRejectedTable.TABLE,
          ids ->
              new RejectedRowEncoder(
                  AvroSerde.of(Topics.USAGE_REJECTED, ids),
                  AvroSerde.of(Topics.USAGE_EVENTS, ids)));
}
