package io.tollgate.ingest;

import io.tollgate.schemas.LocalSchemaIds;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A gateway's process: publishes events of one source from a number on until it is killed, and
 * writes to a file, past any buffer of its own, what it handed over ({@code P number}) and what was
 * acknowledged ({@code A number partition offset}).
 */
final class PublishingProgram {
  private final OutputStream journal;

  private PublishingProgram(OutputStream journal) {
    this.journal = journal;
  }

  public static void main(String[] args) throws IOException {
    String bootstrapServers = args[0];
    String source = args[1];
    PublisherSettings settings = PublisherSettings.standard().withInFlight(500, 10_000);
    try (OutputStream out = Files.newOutputStream(Path.of(args[2]));
        UsagePublisher publisher =
            UsagePublisher.open(bootstrapServers, new LocalSchemaIds(), settings)) {
      PublishingProgram program = new PublishingProgram(out);
      for (int number = 0; number < Integer.MAX_VALUE; number++) {
        program.publish(publisher, source, number);
      }
    }
  }

  private void publish(UsagePublisher publisher, String source, int number) {
    write("P " + number);
    var unused =
        publisher
            .publish(TestEvents.event(source, number))
            .thenAccept(
                place -> write("A " + number + " " + place.partition() + " " + place.offset()));
  }

  private synchronized void write(String line) {
    try {
      journal.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
