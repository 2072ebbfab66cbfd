package io.tollgate.streams;

import io.tollgate.schemas.Endpoints;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/**
 * What the streams role needs to run. The topics must exist; how many partitions they have is asked
 * of Kafka.
 *
 * @param endpoints Kafka and the schema registry
 * @param applicationPrefix of the two application ids, hence of consumer groups, internal topics
 *     and state folders
 * @param instance this process among those with the same prefix
 * @param stateFolder where state is kept; can be lost at the price of reading it from Kafka again
 * @param meterThreads stream threads of the meter topology; the budget topology has two
 * @param commits how often the topologies commit
 * @param transactionTimeout after which Kafka aborts what a killed instance left open
 */
public record StreamsSettings(
    Endpoints endpoints,
    String applicationPrefix,
    StreamsInstance instance,
    Path stateFolder,
    int meterThreads,
    CommitIntervals commits,
    Duration transactionTimeout,
    MeterBounds bounds) {
  public StreamsSettings {
    Objects.requireNonNull(endpoints, "endpoints");
    Objects.requireNonNull(stateFolder, "stateFolder");
    Objects.requireNonNull(commits, "commits");
    Objects.requireNonNull(bounds, "bounds");
    Objects.requireNonNull(instance, "instance");
    if (!applicationPrefix.matches("[A-Za-z0-9._-]{1,64}")) {
      throw new IllegalArgumentException("applicationPrefix must match [A-Za-z0-9._-]{1,64}");
    }
    if (meterThreads < 1) {
      throw new IllegalArgumentException("meterThreads must be at least 1: " + meterThreads);
    }
    if (transactionTimeout.compareTo(commits.longest()) <= 0) {
      throw new IllegalArgumentException(
          "transactionTimeout must be longer than the commit intervals");
    }
  }

  /**
   * The consumer group, and the beginning of the names of internal topics, of one of the
   * topologies.
   */
  String applicationId(String topology) {
    return applicationPrefix + "-" + topology;
  }

  /** The usual settings: two meter threads, alerts well within a second. */
  public static StreamsSettings of(Endpoints endpoints, Path stateFolder) {
    return new StreamsSettings(
        endpoints,
        "tollgate",
        StreamsInstance.ALONE,
        stateFolder,
        2,
        CommitIntervals.standard(),
        Duration.ofSeconds(10),
        MeterBounds.standard());
  }

  /** The same as one of several instances. */
  public StreamsSettings withInstance(StreamsInstance other) {
    return new StreamsSettings(
        endpoints,
        applicationPrefix,
        other,
        stateFolder,
        meterThreads,
        commits,
        transactionTimeout,
        bounds);
  }
}
