package io.tollgate.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import jdk.jfr.consumer.RecordedClass;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

/**
 * What a flight recording says of the time since a moment. A sample counts for the first of its
 * frames, from the top, that is told below, and for the method of that frame; what none of them
 * tells counts for its top frame's package.
 */
final class Profile {
  static final String CPU_SAMPLE = "jdk.CPUTimeSample";
  private static final String WALL_SAMPLE = "jdk.ExecutionSample";
  private static final String ALLOCATION = "jdk.ObjectAllocationSample";
  private static final String COLLECTION = "jdk.GarbageCollection";
  private static final String COMPILATION = "jdk.Compilation";
  private static final int MOST_ROWS = 25;
  private static final int MOST_METHODS = 40;

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
    WORK.put("io.tollgate.streams.DeltaParts", "roll-up");
    WORK.put("io.tollgate.streams.CostSum", "roll-up");
    WORK.put("io.tollgate.streams.AvroBytes", "writing rated usage and deltas");
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
    WORK.put("io.tollgate.schemas.UsageEventReader", "reading events");
    WORK.put("io.tollgate.schemas.RepeatedTexts", "reading events");
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

  private final Map<String, Long> works = new HashMap<>();
  private final Map<String, Long> methods = new HashMap<>();
  private final Map<String, Long> tops = new HashMap<>();
  private final Map<String, Long> threads = new HashMap<>();
  private final Map<String, Long> allocated = new HashMap<>();
  private final Map<String, Long> allocating = new HashMap<>();
  private Duration collecting = Duration.ZERO;
  private Duration compiling = Duration.ZERO;
  private long samples;

  private Profile() {}

  static Profile read(Path recording, Instant from) throws IOException {
    Profile profile = new Profile();
    profile.read(recording, from, CPU_SAMPLE, true);
    if (profile.samples == 0) {
      profile.read(recording, from, WALL_SAMPLE, false);
    }
    return profile;
  }

  private void read(Path recording, Instant from, String sample, boolean rest) throws IOException {
    try (RecordingFile file = new RecordingFile(recording)) {
      while (file.hasMoreEvents()) {
        RecordedEvent event = file.readEvent();
        if (event.getStartTime().isBefore(from)) {
          continue;
        }
        String type = event.getEventType().getName();
        if (type.equals(sample)) {
          sample(event);
        } else if (rest && type.equals(ALLOCATION)) {
          allocation(event);
        } else if (rest && type.equals(COLLECTION)) {
          collecting = collecting.plus(event.getDuration("sumOfPauses"));
        } else if (rest && type.equals(COMPILATION)) {
          compiling = compiling.plus(event.getDuration());
        }
      }
    }
  }

  private void sample(RecordedEvent event) {
    RecordedStackTrace stack = event.getStackTrace();
    if (stack == null || stack.getFrames().isEmpty()) {
      return;
    }
    samples++;
    Place place = Place.of(stack);
    works.merge(place.work(), 1L, Long::sum);
    methods.merge(place.work() + " | " + place.method(), 1L, Long::sum);
    tops.merge(name(stack.getFrames().getFirst()), 1L, Long::sum);
    String thread =
        event.hasField("eventThread") && event.getThread("eventThread") != null
            ? event.getThread("eventThread").getJavaName()
            : event.hasField("sampledThread") && event.getThread("sampledThread") != null
                ? event.getThread("sampledThread").getJavaName()
                : null;
    threads.merge(
        thread == null ? "others" : thread.replaceAll("[0-9a-f-]{36}", "*"), 1L, Long::sum);
  }

  private void allocation(RecordedEvent event) {
    long weight = event.getLong("weight");
    RecordedClass type = event.getClass("objectClass");
    allocated.merge(type.getName(), weight, Long::sum);
    RecordedStackTrace stack = event.getStackTrace();
    if (stack != null && !stack.getFrames().isEmpty()) {
      allocating.merge(Place.of(stack).method(), weight, Long::sum);
    }
  }

  private record Place(String work, String method) {
    static Place of(RecordedStackTrace stack) {
      List<RecordedFrame> frames = stack.getFrames();
      for (RecordedFrame frame : frames) {
        String type = frame.getMethod().getType().getName();
        for (Map.Entry<String, String> work : WORK.entrySet()) {
          if (type.startsWith(work.getKey())) {
            return new Place(work.getValue(), name(frame));
          }
        }
      }
      String top = frames.getFirst().getMethod().getType().getName();
      return new Place(
          top.contains(".") ? top.substring(0, top.lastIndexOf('.')) : top,
          name(frames.getFirst()));
    }
  }

  private static String name(RecordedFrame frame) {
    String type = frame.getMethod().getType().getName();
    return type.substring(type.lastIndexOf('.') + 1) + "." + frame.getMethod().getName();
  }

  /**
   * Prints it.
   *
   * @param wall how long was recorded
   * @param events that were worked on in that time
   */
  void print(Contender contender, Duration wall, long events) {
    String of = "of (%s)".formatted(contender.letter());
    shares("Where the time %s goes: %,d samples".formatted(of, samples), works, MOST_ROWS);
    shares("By method " + of, methods, MOST_METHODS);
    shares("By top frame " + of, tops, MOST_ROWS);
    shares("By thread " + of, threads, MOST_ROWS);
    Report report =
        new Report(
            "Beside the samples", "collector's pauses", "compiler", "allocated per event, bytes");
    long bytes = allocated.values().stream().mapToLong(Long::longValue).sum();
    report.row(
        percent(collecting.toNanos(), wall.toNanos()) + " of the wall time",
        percent(compiling.toNanos(), wall.toNanos()) + " of the wall time",
        String.format(Locale.ROOT, "%,d", bytes / Math.max(1, events)));
    report.print();
    shares("Allocated, by class", allocated, MOST_ROWS);
    shares("Allocated, by method", allocating, MOST_ROWS);
  }

  private static void shares(String title, Map<String, Long> counts, int most) {
    long all = counts.values().stream().mapToLong(Long::longValue).sum();
    Report report = new Report(title, "what", "share");
    counts.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .limit(most)
        .forEach(one -> report.row(one.getKey(), percent(one.getValue(), all)));
    report.print();
  }

  private static String percent(long part, long all) {
    return String.format(Locale.ROOT, "%.1f %%", 100.0 * part / Math.max(1, all));
  }
}
