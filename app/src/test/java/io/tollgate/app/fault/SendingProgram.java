package io.tollgate.app.fault;

import io.tollgate.ingest.PublisherSettings;
import io.tollgate.ingest.UsagePublisher;
import io.tollgate.schemas.RegistryClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.BitSet;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * A gateway: sends numbered events through the SDK until told to stop, then until all are
 * acknowledged. Started again after a kill it first sends what it does not know to be acknowledged,
 * as a gateway must.
 */
final class SendingProgram {
  private static final int BURST = 100;
  private static final long BETWEEN_BURSTS_NANOS = 40_000_000;

  private final SendLedger ledger;
  private final NumberedEvents events;
  private final UsagePublisher publisher;
  private final Queue<Long> again = new ConcurrentLinkedQueue<>();

  private SendingProgram(SendLedger ledger, NumberedEvents events, UsagePublisher publisher) {
    this.ledger = ledger;
    this.events = events;
    this.publisher = publisher;
  }

  /** Arguments: folder, bootstrap servers, registry, seed, base. */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    NumberedEvents events = new NumberedEvents(Long.parseLong(args[3]), Instant.parse(args[4]));
    try (SendLedger ledger = SendLedger.in(folder);
        UsagePublisher publisher =
            UsagePublisher.open(
                args[1], RegistryClient.at(URI.create(args[2])), PublisherSettings.standard())) {
      new SendingProgram(ledger, events, publisher).run(folder.resolve("stop"));
    }
  }

  private void run(Path stop) throws IOException {
    long next = ledger.begun();
    BitSet known = ledger.acknowledged();
    for (int number = known.nextClearBit(0);
        number < next;
        number = known.nextClearBit(number + 1)) {
      send(number);
    }
    while (!Files.exists(stop)) {
      for (int i = 0; i < BURST; i++) {
        ledger.begin(next);
        send(next++);
      }
      sendAgain();
      LockSupport.parkNanos(BETWEEN_BURSTS_NANOS);
    }
    while (ledger.acknowledged().cardinality() < next) {
      sendAgain();
      LockSupport.parkNanos(BETWEEN_BURSTS_NANOS);
    }
  }

  private void sendAgain() {
    for (Long number = again.poll(); number != null; number = again.poll()) {
      send(number);
    }
  }

  private void send(long number) {
    var unused =
        publisher
            .publish(events.event(number))
            .whenComplete(
                (place, failure) -> {
                  if (failure != null) {
                    again.add(number);
                  } else {
                    acknowledge(number);
                  }
                });
  }

  private void acknowledge(long number) {
    try {
      ledger.acknowledge(number);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
