package io.tollgate.streams;

import static io.tollgate.streams.Events.event;

import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.PartitionOutcomes;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.locks.LockSupport;

/**
 * By hand: how many events per second the meter and the budget topology take together, beside a
 * broker on the same machine. Arguments: events, keys, meter threads.
 */
final class MeterThroughput {
  private MeterThroughput() {}

  public static void main(String[] args) throws Exception {
    int events = Integer.parseInt(args[0]);
    int keys = Integer.parseInt(args[1]);
    int threads = Integer.parseInt(args[2]);
    Path data = Files.createTempDirectory("throughput");
    try (Broker broker = Broker.start(data)) {
      broker.publishAcme(keys);
      Instant now = Instant.now();
      for (int i = 0; i < events; i++) {
        broker.send(
            event("event-" + i)
                .tenant("acme", "acme-prod", "key-" + (i * 31L % keys))
                .at(now.minusMillis(i % 3_600_000))
                .build());
      }
      broker.flush();
      System.out.println("published " + events);
      StreamsSettings usual =
          StreamsSettings.of(
              new Endpoints(broker.bootstrapServers(), URI.create("http://localhost:1")),
              data.resolve("state"));
      StreamsSettings settings =
          new StreamsSettings(
              usual.endpoints(),
              usual.applicationPrefix(),
              usual.instance(),
              usual.stateFolder(),
              threads,
              usual.commits(),
              usual.transactionTimeout(),
              usual.bounds());
      try (Streams streams = Streams.start(settings, broker.ids, InstantSource.system());
          CompactedView<PartitionOutcomes> outcomes =
              CompactedView.start(Topics.USAGE_OUTCOMES, broker.bootstrapServers(), broker.ids)) {
        measure(events, outcomes);
        System.out.println(streams.health());
      }
    }
  }

  private static void measure(int events, CompactedView<PartitionOutcomes> outcomes) {
    long start = 0;
    long startCount = 0;
    long half = 0;
    long halfCount = 0;
    long halfCpu = 0;
    while (true) {
      long records = outcomes.values().stream().mapToLong(PartitionOutcomes::getRecords).sum();
      long now = System.nanoTime();
      if (start == 0 && records > 0) {
        start = now;
        startCount = records;
      }
      if (half == 0 && records > events / 2) {
        half = now;
        halfCpu = cpuNanos();
        halfCount = records;
      }
      if (records >= events) {
        System.out.printf(
            "all:    %,d events/s%n", (records - startCount) * 1_000_000_000L / (now - start));
        System.out.printf(
            "steady: %,d events/s%n", (records - halfCount) * 1_000_000_000L / (now - half));
        System.out.printf("CPU:    %,d ns/event%n", (cpuNanos() - halfCpu) / (records - halfCount));
        return;
      }
      LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
    }
  }

  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
