package io.tollgate.schemas;

/**
 * How large an installation is. Partition counts are fixed for a topic generation.
 *
 * @param usagePartitions of the usage topics, 1 to 1024; 32 unless told
 * @param tallyPartitions of the topics keyed by organization, 1 to 1024
 * @param replicationFactor of all topics
 * @param minIsr in-sync replicas an acknowledged record is on, at most the replication factor
 */
public record TopicSizing(
    int usagePartitions, int tallyPartitions, short replicationFactor, short minIsr) {
  private static final int MOST = 1024;

  public TopicSizing {
    InvalidInput.unless(
        usagePartitions >= 1 && usagePartitions <= MOST,
        "usage_partitions",
        usagePartitions,
        "must be 1 to 1024");
    InvalidInput.unless(
        tallyPartitions >= 1 && tallyPartitions <= MOST,
        "tally_partitions",
        tallyPartitions,
        "must be 1 to 1024");
    InvalidInput.unless(
        replicationFactor >= 1, "replication_factor", replicationFactor, "must be at least 1");
    InvalidInput.unless(
        minIsr >= 1 && minIsr <= replicationFactor,
        "min_isr",
        minIsr,
        "must be 1 to the replication factor");
  }

  /** One broker on one machine. */
  public static TopicSizing local() {
    return new TopicSizing(4, 2, (short) 1, (short) 1);
  }

  /** A cluster of at least three brokers. */
  public static TopicSizing cluster() {
    return new TopicSizing(32, 16, (short) 3, (short) 2);
  }

  int partitions(Topic.Width width) {
    return switch (width) {
      case USAGE -> usagePartitions;
      case TALLY -> tallyPartitions;
      case ONE -> 1;
    };
  }
}
