package io.tollgate.bench;

import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.streams.AggregationAlone;
import io.tollgate.streams.MeterAlone;
import io.tollgate.streams.Streams;
import io.tollgate.streams.StreamsSettings;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Contenders (b), (d) and (g): parts of the streams role, and all of it, with its usual settings.
 * What (d) does beyond its rivals is measured with it: validation, tenants, corrections, outcomes,
 * sums of users, models and features.
 */
final class OursJob implements Job {
  private final Endpoints endpoints;
  private final SchemaIds ids;
  private final Path state;
  private final Part part;
  private @Nullable AutoCloseable running;
  private Map<String, Long> left = Map.of();

  /** What runs. */
  enum Part {
    /** Nothing but the sums. */
    AGGREGATION,
    /** The meter topology: from usage events to rated usage, outcomes and deltas. */
    METER,
    /** Both topologies: tallies, budgets and limits are kept as well. */
    ROLE
  }

  OursJob(Endpoints endpoints, SchemaIds ids, Path state, Part part) {
    this.endpoints = endpoints;
    this.ids = ids;
    this.state = state;
    this.part = part;
  }

  @Override
  public void start(String application) {
    StreamsSettings settings = settings(endpoints, application, state);
    running =
        switch (part) {
          case AGGREGATION -> AggregationAlone.start(settings, ids, InstantSource.system());
          case METER -> MeterAlone.start(settings, ids, InstantSource.system());
          case ROLE -> Streams.start(settings, InstantSource.system());
        };
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
        usual.commits(),
        usual.transactionTimeout(),
        usual.bounds());
  }

  @Override
  public Optional<Sums> stop() throws Exception {
    AutoCloseable job = running;
    if (job != null) {
      job.close();
      running = null;
      left = Gauge.disk(state);
      Folders.deleteContents(state);
    }
    return Optional.empty();
  }

  @Override
  public Map<String, Long> left() {
    return left;
  }
}
