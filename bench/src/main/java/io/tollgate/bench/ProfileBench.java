package io.tollgate.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

/**
 * Where the streams role's CPU time goes under load, by the flight recorder's samples of the warm
 * process. A sample counts for the first of its frames, from the top, that is told below; what none
 * of them tells counts for its top frame's package.
 */
final class ProfileBench {
  private static final String CPU_SAMPLE = "jdk.CPUTimeSample";
  private static final String WALL_SAMPLE = "jdk.ExecutionSample";
  private static final int MOST_ROWS = 25;

  /** Class name prefixes and what they stand for, in the order of asking. */
  private static final Map<String, String> WORK = new LinkedHashMap<>();

  static {
    WORK.put("sun.security.provider.", "SHA-256 (fingerprints, body digests)");
    WORK.put("java.security.MessageDigest", "SHA-256 (fingerprints, body digests)");
    WORK.put("io.tollgate.schemas.Sha256Sink", "SHA-256 (fingerprints, body digests)");
    WORK.put("io.tollgate.schemas.BodyDigest", "SHA-256 (fingerprints, body digests)");
    WORK.put("io.tollgate.schemas.Fingerprint", "SHA-256 (fingerprints, body digests)");
    WORK.put("io.tollgate.streams.Dedup", "dedup memory");
    WORK.put("io.tollgate.rating.", "rating");
    WORK.put("io.tollgate.schemas.Money", "rating");
    WORK.put("io.tollgate.schemas.Rate", "rating");
    WORK.put("io.tollgate.streams.RatedEventSerializer", "writing rated usage");
    WORK.put("io.tollgate.streams.RatedRecords", "writing rated usage");
    WORK.put("io.tollgate.streams.UsageSums", "roll-up");
    WORK.put("io.tollgate.streams.AccumulateUsage", "roll-up");
    WORK.put("io.tollgate.streams.SecondSums", "roll-up");
    WORK.put("io.tollgate.streams.TallyByScope", "budget topology");
    WORK.put("io.tollgate.streams.Tall", "budget topology");
    WORK.put("io.tollgate.streams.JudgeThresholds", "budget topology");
    WORK.put("io.tollgate.streams.StateLimits", "budget topology");
    WORK.put("org.rocksdb.", "RocksDB");
    WORK.put("net.jpountz.", "LZ4");
    WORK.put("org.apache.avro.io.BinaryDecoder", "Avro, decoding");
    WORK.put("org.apache.avro.io.ResolvingDecoder", "Avro, decoding");
    WORK.put("org.apache.avro.io.FastReaderBuilder", "Avro, decoding");
    WORK.put("org.apache.avro.generic.GenericDatumReader", "Avro, decoding");
    WORK.put("org.apache.avro.specific.SpecificDatumReader", "Avro, decoding");
    WORK.put("org.apache.avro.io.BinaryEncoder", "Avro, encoding");
    WORK.put("org.apache.avro.io.BufferedBinaryEncoder", "Avro, encoding");
    WORK.put("org.apache.avro.generic.GenericDatumWriter", "Avro, encoding");
    WORK.put("org.apache.avro.specific.SpecificDatumWriter", "Avro, encoding");
    WORK.put("io.tollgate.streams.ValidateEvents", "validation, tenants");
    WORK.put("io.tollgate.streams.EventValidation", "validation, tenants");
    WORK.put("io.tollgate.streams.GlobalTables", "validation, tenants");
    WORK.put("io.tollgate.schemas.UsageEventRules", "validation, tenants");
    WORK.put("io.tollgate.schemas.UsagePartitions", "validation, tenants");
    WORK.put("io.tollgate.", "the rest of Tollgate");
    WORK.put("org.apache.kafka.clients.producer.", "Kafka producer");
    WORK.put("org.apache.kafka.clients.consumer.", "Kafka consumer");
    WORK.put("org.apache.kafka.common.network.", "Kafka network");
    WORK.put("org.apache.kafka.clients.", "Kafka network");
    WORK.put("org.apache.kafka.common.record.", "Kafka record batches");
    WORK.put("org.apache.kafka.streams.", "Kafka Streams runtime");
  }

  private final Rig rig;
  private final BenchOptions options;

  ProfileBench(Rig rig, BenchOptions options) {
    this.rig = rig;
    this.options = options;
  }

  boolean run() throws IOException {
    Path recording = rig.folder().resolve("ours.jfr");
    rig.startWith(
        Contender.OURS,
        List.of(
            "-XX:StartFlightRecording:filename="
                + recording
                + ",dumponexit=true,settings=profile,"
                + CPU_SAMPLE
                + "#enabled=true"));
    Workload workload =
        Workload.usual(options.seed, "profile", options.keys, Instant.now().minusSeconds(900));
    Section section = rig.log().publish(workload, options.events);
    Passes passes = new Passes(rig);
    boolean equal = true;
    long until = System.nanoTime() + Duration.ofSeconds(options.warmUp).toNanos();
    while (System.nanoTime() < until) {
      equal &= passes.run(Contender.OURS, section).equal();
    }
    Instant from = Instant.now();
    for (int round = 0; round < options.rounds; round++) {
      equal &= passes.run(Contender.OURS, section).equal();
    }
    // Its end writes the recording.
    rig.end(Contender.OURS);
    report(recording, from);
    return equal;
  }

  private static void report(Path recording, Instant from) throws IOException {
    Map<String, Long> samples = new LinkedHashMap<>();
    String kind = read(recording, from, CPU_SAMPLE, samples) ? CPU_SAMPLE : WALL_SAMPLE;
    if (samples.isEmpty()) {
      read(recording, from, WALL_SAMPLE, samples);
    }
    long all = samples.values().stream().mapToLong(Long::longValue).sum();
    Report report =
        new Report(
            "Where the time of (d) goes: %,d samples of %s".formatted(all, kind), "work", "share");
    Stream<Map.Entry<String, Long>> sorted =
        samples.entrySet().stream()
            .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
            .limit(MOST_ROWS);
    sorted.forEach(
        one ->
            report.row(
                one.getKey(), String.format(Locale.ROOT, "%.1f %%", 100.0 * one.getValue() / all)));
    report.print();
  }

  private static boolean read(Path recording, Instant from, String type, Map<String, Long> samples)
      throws IOException {
    try (RecordingFile file = new RecordingFile(recording)) {
      while (file.hasMoreEvents()) {
        RecordedEvent event = file.readEvent();
        RecordedStackTrace stack = event.getStackTrace();
        if (stack != null
            && event.getEventType().getName().equals(type)
            && event.getStartTime().isAfter(from)) {
          samples.merge(work(stack), 1L, Long::sum);
        }
      }
    }
    return !samples.isEmpty();
  }

  private static String work(RecordedStackTrace stack) {
    for (RecordedFrame frame : stack.getFrames()) {
      String type = frame.getMethod().getType().getName();
      for (Map.Entry<String, String> work : WORK.entrySet()) {
        if (type.startsWith(work.getKey())) {
          return work.getValue();
        }
      }
    }
    String top = stack.getFrames().getFirst().getMethod().getType().getName();
    return top.contains(".") ? top.substring(0, top.lastIndexOf('.')) : top;
  }
}
