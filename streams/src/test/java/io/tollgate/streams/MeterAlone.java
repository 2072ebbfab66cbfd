package io.tollgate.streams;

import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import java.time.InstantSource;

/**
 * For the bench: the meter topology as it runs everywhere, with nobody reading its deltas. Starts
 * where its group has committed offsets of usage.events.
 */
public final class MeterAlone implements AutoCloseable {
  private static final String METER = "meter";

  private final RunningTopology running;

  private MeterAlone(RunningTopology running) {
    this.running = running;
  }

  public static MeterAlone start(StreamsSettings settings, SchemaIds ids, InstantSource clock) {
    int partitions;
    try (SourceOffsets offsets = new SourceOffsets(settings.endpoints().bootstrapServers())) {
      partitions = offsets.partitions(Topics.USAGE_EVENTS);
    }
    RunningTopology topology =
        new RunningTopology(
            METER,
            MeterTopology.build(ids, new GlobalTables(ids), partitions, settings.bounds()),
            settings,
            settings.meterThreads(),
            settings.commits().meter(),
            clock);
    topology.start();
    return new MeterAlone(topology);
  }

  @Override
  public void close() {
    running.close();
  }
}
