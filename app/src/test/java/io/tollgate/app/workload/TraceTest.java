package io.tollgate.app.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.InvalidInput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceTest {
  private static final TenantPlan PLAN = TenantPlan.bundled();
  private static final String HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens\n";
  private static final String GOOD =
      HEADER
          + "2023-11-16 18:15:46.6805907,374,44\n"
          + "2023-11-16 18:15:50,396,109\n"
          + "2023-11-16 18:15:48.5,0,55\n";

  @TempDir private Path folder;

  @Test
  void readsPlainAndGzipLfAndCrlfWithAndWithoutTheLastLineEnd() throws IOException {
    String crlf = GOOD.replace("\n", "\r\n");
    List<Trace> traces =
        List.of(
            open(file(GOOD)),
            open(file(crlf)),
            open(file(GOOD.strip())),
            open(file(crlf.strip())),
            open(file("\uFEFF" + GOOD)),
            open(gzip(GOOD)),
            open(gzip(crlf)));

    assertThat(traces)
        .allSatisfy(
            trace -> {
              assertThat(trace.events()).isEqualTo(3);
              assertThat(trace.from()).isEqualTo("2023-11-16T18:15:46.680Z");
              assertThat(trace.to()).isEqualTo("2023-11-16T18:15:50.001Z");
              assertThat(events(trace))
                  .extracting(PlannedEvent::units)
                  .containsExactly(
                      Map.of("input", 374L, "output", 44L),
                      Map.of("input", 396L, "output", 109L),
                      Map.of("input", 0L, "output", 55L));
            });
  }

  @Test
  void packedAndUnpackedAreTheSameTrace() throws IOException {
    assertThat(events(open(gzip(GOOD)))).isEqualTo(events(open(file(GOOD))));
  }

  @Test
  void anEventIsNamedByContentLineSeedAndShift() throws IOException {
    Path file = file(GOOD);
    List<String> ids = ids(open(file));

    assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id.matches("[0-9a-f]{32}"));
    assertThat(ids(open(file))).isEqualTo(ids);
    assertThat(ids(Trace.open(file, PLAN, 43, Duration.ZERO, false)))
        .doesNotContainAnyElementsOf(ids);
    assertThat(ids(Trace.open(file, PLAN, 42, Duration.ofDays(1), false)))
        .doesNotContainAnyElementsOf(ids);
    assertThat(ids(open(file(GOOD + "2023-11-16 18:15:51,1,1\n"))))
        .doesNotContainAnyElementsOf(ids);
  }

  @Test
  void shiftMovesEveryTime() throws IOException {
    Trace trace = Trace.open(file(GOOD), PLAN, 42, Duration.ofHours(-2), false);

    assertThat(trace.from()).isEqualTo("2023-11-16T16:15:46.680Z");
    assertThat(events(trace).get(1).time()).isEqualTo(Instant.parse("2023-11-16T16:15:50Z"));
    assertThat(trace.backfillId()).isNotEqualTo(open(file(GOOD)).backfillId());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2023-11-16 18:15:46,12a,1 | line 2, ContextTokens = 12a: must be a whole number from 0 to"
            + " 10^12",
        "2023-11-16 18:15:46,-1,1 | line 2, ContextTokens = -1: must be a whole number from 0 to"
            + " 10^12",
        "2023-11-16 18:15:46,1,1.5 | line 2, GeneratedTokens = 1.5: must be a whole number from 0"
            + " to 10^12",
        "2023-11-16 18:15:46,1, | line 2, GeneratedTokens = : must be a whole number from 0 to"
            + " 10^12",
        "2023-11-16 18:15:46,1,1000000000001 | line 2, GeneratedTokens = 1000000000001: must be a"
            + " whole number from 0 to 10^12",
        "2023-11-16 18:15:46,1,99999999999999999999 | line 2, GeneratedTokens ="
            + " 99999999999999999999: must be a whole number from 0 to 10^12",
        "2023-11-16T18:15:46,1,1 | line 2, TIMESTAMP = 2023-11-16T18:15:46: must be a UTC time such"
            + " as 2023-11-16 18:15:46.6805900",
        "2023-02-30 18:15:46,1,1 | line 2, TIMESTAMP = 2023-02-30 18:15:46: must be a UTC time such"
            + " as 2023-11-16 18:15:46.6805900",
        "yesterday,1,1 | line 2, TIMESTAMP = yesterday: must be a UTC time such as 2023-11-16"
            + " 18:15:46.6805900",
        "2023-11-16 18:15:46,1 | line 2, line = 2023-11-16 18:15:46,1: must have 3 columns,"
            + " TIMESTAMP,ContextTokens,GeneratedTokens",
        "a,b,c,d | line 2, line = a,b,c,d: must have 3 columns,"
            + " TIMESTAMP,ContextTokens,GeneratedTokens",
      })
  void aWrongLineIsNamedByNumberColumnValueAndRule(String line, String message) throws IOException {
    Path file = file(HEADER + line + "\n2023-11-16 18:15:46,1,1\n");

    assertThatThrownBy(() -> open(file)).isInstanceOf(InvalidInput.class).hasMessage(message);
    Trace skipping = Trace.open(file, PLAN, 42, Duration.ZERO, true);
    assertThat(skipping.events()).isEqualTo(1);
    assertThat(skipping.skippedLines()).isEqualTo(1);
    assertThat(skipping.faults()).containsExactly(message);
    assertThat(events(skipping)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a,b,c\n", "TIMESTAMP,ContextTokens,GeneratedTokens", "\n"})
  void aFileWithoutHeaderOrRequestsIsRefused(String content) throws IOException {
    Path file = file(content);

    assertThatThrownBy(() -> open(file)).isInstanceOf(InvalidInput.class);
    assertThatThrownBy(() -> Trace.open(file, PLAN, 42, Duration.ZERO, true))
        .as("skipping bad lines does not help")
        .isInstanceOf(InvalidInput.class);
  }

  @Test
  void anEndlessLineIsOneBadLine() throws IOException {
    Path file = file(HEADER + "9".repeat(100_000) + "\n2023-11-16 18:15:46,1,1\n");

    assertThatThrownBy(() -> open(file))
        .isInstanceOf(InvalidInput.class)
        .satisfies(e -> assertThat(e.getMessage()).startsWith("line 2").hasSizeLessThan(500));
  }

  @Test
  void damagedGzipIsSaidToBe() throws IOException {
    byte[] whole = Files.readAllBytes(gzip(GOOD));
    Path cut = Files.write(folder.resolve("cut.gz"), Arrays.copyOf(whole, whole.length - 12));

    assertThatThrownBy(() -> open(cut))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("damaged gzip");
  }

  @Test
  void aFileThatChangesUnderwayIsNoticed() throws IOException {
    Path file = file(GOOD);
    Trace trace = open(file);
    Files.writeString(file, GOOD.replace("374", "375"));

    assertThatThrownBy(() -> events(trace))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("changed while");
  }

  @ParameterizedTest
  @ValueSource(strings = {"out.csv", "out.csv.gz"})
  void whatIsGeneratedCanBeReplayed(String name) throws IOException {
    GeneratedTraffic traffic = new GeneratedTraffic(PLAN, 500, 9);
    Path file = folder.resolve(name);
    TraceWriter.write(traffic, file);
    Trace trace = open(file);
    OwnCount.Sums written = OwnCount.of(traffic, PriceList.bundled()).total();
    OwnCount.Sums read = OwnCount.of(trace, PriceList.bundled()).total();

    assertThat(read.requests()).isEqualTo(500);
    assertThat(read.inputTokens()).isEqualTo(written.inputTokens());
    assertThat(read.outputTokens()).isEqualTo(written.outputTokens());
    assertThat(folder).as("no draft is left").isDirectoryNotContaining("glob:**.part");
  }

  private Trace open(Path file) throws IOException {
    return Trace.open(file, PLAN, 42, Duration.ZERO, false);
  }

  private Path file(String content) throws IOException {
    return Files.writeString(Files.createTempFile(folder, "trace", ".csv"), content);
  }

  private Path gzip(String content) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(content.getBytes(StandardCharsets.UTF_8));
    }
    return Files.write(Files.createTempFile(folder, "trace", ".gz"), packed.toByteArray());
  }

  private static List<String> ids(Workload workload) {
    return events(workload).stream().map(PlannedEvent::id).toList();
  }

  private static List<PlannedEvent> events(Workload workload) {
    List<PlannedEvent> events = new ArrayList<>();
    workload.forEach(events::add);
    return events;
  }
}
