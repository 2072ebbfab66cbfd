package io.tollgate.app.workload;

import io.tollgate.schemas.InvalidInput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A recorded trace as a workload: each request booked on organization, workspace, key and model by
 * a seeded rule. Opened means read to its end and found good, so nothing of a wrong file is ever
 * published.
 *
 * <p>The rule, for anyone who recomputes it: SHA-256 over the ASCII text {@code
 * tollgate-replay/<seed>/<line>}, lines counted from 1 with the header; its first 8 bytes,
 * big-endian and unsigned, modulo the sum of all key weights in the order of tenants.json choose
 * the key; its next 8 bytes choose the model likewise among those of the key's workspace.
 */
public final class Trace implements Workload {
  /** Bad lines that are told one by one; the rest is only counted. */
  private static final int FAULTS_TOLD = 10;

  /** Enough to never meet another file's by chance, and short enough to be read. */
  private static final int NAME_DIGITS = 16;

  private final Path file;
  private final String sha256;
  private final long seed;
  private final Duration shift;
  private final boolean skipBadLines;
  private final Reading reading;
  private final List<TenantPlan.Seat> seats;
  private final Weights seatWeights;
  private final String name;

  private Trace(
      Path file,
      String sha256,
      TenantPlan plan,
      long seed,
      Duration shift,
      boolean skipBadLines,
      Reading reading) {
    this.file = file;
    this.sha256 = sha256;
    this.seed = seed;
    this.shift = shift;
    this.skipBadLines = skipBadLines;
    this.reading = reading;
    this.seats = plan.seats();
    this.seatWeights = Weights.of(seats, seat -> seat.key().weight());
    this.name = hex(TraceReader.sha256(), sha256 + "\n" + shift).substring(0, NAME_DIGITS);
  }

  /** What a pass over the file found. */
  private static final class Reading {
    private long requests;
    private long skipped;
    private final List<String> faults = new ArrayList<>();
    private @Nullable Instant first;
    private @Nullable Instant last;

    void saw(TraceLine line) {
      requests++;
      first = first == null || line.time().isBefore(first) ? line.time() : first;
      last = last == null || line.time().isAfter(last) ? line.time() : last;
    }

    void skip(InvalidInput fault) {
      skipped++;
      if (faults.size() < FAULTS_TOLD) {
        faults.add(String.valueOf(fault.getMessage()));
      }
    }
  }

  /**
   * Reads the whole file once.
   *
   * @param shift added to every time
   * @param skipBadLines count bad lines and go on, instead of refusing the file
   * @throws InvalidInput for a wrong file, naming line, column, value and rule
   * @throws IOException if it cannot be read
   */
  public static Trace open(
      Path file, TenantPlan plan, long seed, Duration shift, boolean skipBadLines)
      throws IOException {
    Reading reading = new Reading();
    String sha256 = read(file, skipBadLines, reading, (number, line) -> reading.saw(line));
    InvalidInput.unless(
        reading.requests > 0, "file", file, "must have at least one request after the header");
    return new Trace(file, sha256, plan, seed, shift, skipBadLines, reading);
  }

  @FunctionalInterface
  private interface LineConsumer {
    void accept(long number, TraceLine line);
  }

  private static String read(
      Path file, boolean skipBadLines, Reading reading, LineConsumer consumer) throws IOException {
    try (TraceReader reader = new TraceReader(file)) {
      String header = reader.next();
      InvalidInput.unless(
          header != null, "file", file, "must not be empty; its first line is " + TraceLine.HEADER);
      if (header != null) {
        InvalidInput.unless(
            stripMark(header).equals(TraceLine.HEADER),
            "line 1",
            header,
            "must be the header " + TraceLine.HEADER);
      }
      for (String text = reader.next(); text != null; text = reader.next()) {
        TraceLine line;
        try {
          line = TraceLine.parse(text);
        } catch (InvalidInput e) {
          InvalidInput placed =
              new InvalidInput("line " + reader.number() + ", " + e.field(), e.value(), e.rule());
          if (!skipBadLines) {
            throw placed;
          }
          reading.skip(placed);
          continue;
        }
        consumer.accept(reader.number(), line);
      }
      return reader.digest();
    }
  }

  /** A byte order mark, as spreadsheet programs write it. */
  private static String stripMark(String header) {
    return header.startsWith("\uFEFF") ? header.substring(1) : header;
  }

  /** SHA-256 of the unpacked content, hex. */
  public String sha256() {
    return sha256;
  }

  public long skippedLines() {
    return reading.skipped;
  }

  /** The first bad lines that were skipped, each with number, column, value and rule. */
  public List<String> faults() {
    return List.copyOf(reading.faults);
  }

  @Override
  public String source() {
    return "replay/" + name;
  }

  @Override
  public String backfillId() {
    return "replay-" + name;
  }

  @Override
  public Instant from() {
    return shifted(reading.first);
  }

  @Override
  public Instant to() {
    return shifted(reading.last).plusMillis(1);
  }

  private Instant shifted(@Nullable Instant time) {
    if (time == null) {
      throw new IllegalStateException("an opened trace has at least one request");
    }
    // A backfill's range is in whole milliseconds.
    return time.plus(shift).truncatedTo(ChronoUnit.MILLIS);
  }

  @Override
  public long events() {
    return reading.requests;
  }

  @Override
  public long resent() {
    return 0;
  }

  @Override
  public void forEach(Consumer<PlannedEvent> consumer) {
    MessageDigest digest = TraceReader.sha256();
    try {
      String again =
          read(
              file,
              skipBadLines,
              new Reading(),
              (number, line) -> consumer.accept(event(digest, number, line)));
      if (!again.equals(sha256)) {
        throw new IOException(file + ": changed while it was being replayed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private PlannedEvent event(MessageDigest digest, long number, TraceLine line) {
    byte[] rule = digest.digest(ascii("tollgate-replay/" + seed + "/" + number));
    ByteBuffer draws = ByteBuffer.wrap(rule);
    TenantPlan.Seat seat = seats.get(seatWeights.at(draws.getLong()));
    List<TenantPlan.Model> models = seat.workspace().models();
    TenantPlan.Model model =
        models.get(Weights.of(models, TenantPlan.Model::weight).at(draws.getLong()));
    String id =
        hex(digest, sha256 + "\n" + number + "\n" + seed + "\n" + shift)
            .substring(0, 2 * NAME_DIGITS);
    return new PlannedEvent(
        id,
        line.time().plus(shift),
        seat,
        model.provider(),
        model.model(),
        Map.of("input", line.contextTokens(), "output", line.generatedTokens()),
        Optional.empty(),
        Optional.empty(),
        false);
  }

  private static String hex(MessageDigest digest, String text) {
    return HexFormat.of().formatHex(digest.digest(ascii(text)));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
