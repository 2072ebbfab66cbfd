package io.tollgate.bench;

import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.streams.AggregationAlone;
import io.tollgate.streams.Streams;
import io.tollgate.streams.StreamsSettings;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Contenders (b) and (d): the streams role with its usual settings, or its aggregation alone. What
 * (d) does beyond its rivals is measured with it: validation, tenants, outcomes, budgets.
 */
final class OursJob implements Job {
  private final Endpoints endpoints;
  private final SchemaIds ids;
  private final Path state;
  private final boolean aggregationAlone;
  private @Nullable AutoCloseable running;

  OursJob(Endpoints endpoints, SchemaIds ids, Path state, boolean aggregationAlone) {
    this.endpoints = endpoints;
    this.ids = ids;
    this.state = state;
    this.aggregationAlone = aggregationAlone;
  }

  @Override
  public void start(String application) {
    StreamsSettings settings = settings(endpoints, application, state);
    running =
        aggregationAlone
            ? AggregationAlone.start(settings, ids, InstantSource.system())
            : Streams.start(settings, InstantSource.system());
  }

  /** The usual settings under another application id. */
  static StreamsSettings settings(Endpoints endpoints, String application, Path state) {
    StreamsSettings usual = StreamsSettings.of(endpoints, state);
    return new StreamsSettings(
        usual.endpoints(),
        application,
        usual.instance(),
        usual.stateFolder(),
        usual.meterThreads(),
        usual.meterCommit(),
        usual.budgetCommit(),
        usual.transactionTimeout(),
        usual.bounds());
  }

  @Override
  public Optional<Sums> stop() throws Exception {
    AutoCloseable job = running;
    if (job != null) {
      job.close();
      running = null;
      Folders.deleteContents(state);
    }
    return Optional.empty();
  }
}
