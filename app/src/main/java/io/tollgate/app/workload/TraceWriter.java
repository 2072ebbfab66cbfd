package io.tollgate.app.workload;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;

/** Writes a workload as a trace file, gzip if the name ends in {@code .gz}; each event once. */
public final class TraceWriter {
  private static final DateTimeFormatter TIMESTAMP =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSSS", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private TraceWriter() {}

  /**
   * Writes beside the file first and moves it into place, so that a broken run leaves no half file
   * under the name.
   *
   * @throws IOException if it cannot be written
   */
  public static void write(Workload workload, Path file) throws IOException {
    Path draft = file.resolveSibling(file.getFileName() + ".part");
    try {
      try (OutputStream out = Files.newOutputStream(draft);
          OutputStream packed = file.toString().endsWith(".gz") ? new GZIPOutputStream(out) : out;
          BufferedWriter writer =
              new BufferedWriter(new OutputStreamWriter(packed, StandardCharsets.US_ASCII))) {
        writer.write(TraceLine.HEADER + "\n");
        workload.forEach(event -> line(event, writer));
      }
      Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  private static void line(PlannedEvent event, BufferedWriter writer) {
    if (event.resent()) {
      return;
    }
    try {
      writer.write(TIMESTAMP.format(event.time()));
      writer.write("," + event.inputTokens() + "," + event.outputTokens() + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
