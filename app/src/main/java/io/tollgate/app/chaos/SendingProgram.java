package io.tollgate.app.chaos;

import io.tollgate.ingest.PublisherSettings;
import io.tollgate.ingest.UsagePublisher;
import io.tollgate.schemas.RegistryClient;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * A gateway: sends numbered events through the SDK at a rate until told to stop, then until all are
 * acknowledged. Started again after a kill it first sends what it does not know to be acknowledged,
 * as a gateway must.
 */
final class SendingProgram {
  private static final long BETWEEN_BURSTS_NANOS = 20_000_000;

  /** After an outage what is behind is caught up with, at most this much at once. */
  private static final int MOST_IN_BURST = 500;

  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private final SendLedger ledger;
  private final NumberedEvents events;
  private final UsagePublisher publisher;
  private final Queue<Long> again = new ConcurrentLinkedQueue<>();

  /** What follows an original that is not known to be in Kafka: sent now it might come first. */
  private final Deque<Long> early = new ArrayDeque<>();

  private SendingProgram(SendLedger ledger, NumberedEvents events, UsagePublisher publisher) {
    this.ledger = ledger;
    this.events = events;
    this.publisher = publisher;
  }

  /** Arguments: folder, bootstrap servers, registry, seed, base, sendings per second. */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    NumberedEvents events = new NumberedEvents(Long.parseLong(args[3]), Instant.parse(args[4]));
    SendLedger ledger = SendLedger.in(folder);
    try (UsagePublisher publisher =
        UsagePublisher.open(
            args[1], RegistryClient.at(URI.create(args[2])), PublisherSettings.standard())) {
      new SendingProgram(ledger, events, publisher)
          .run(folder.resolve("stop"), Integer.parseInt(args[5]));
    }
  }

  private void run(Path stop, int perSecond) {
    // A chaos run that was itself killed must not leave a gateway behind that sends for ever.
    ProcessHandle parent = ProcessHandle.current().parent().orElseThrow();
    long first = ledger.begun();
    for (long number = 0; number < first; number++) {
      if (!ledger.isAcknowledged(number)) {
        send(number);
      }
    }
    long began = System.nanoTime();
    long next = first;
    while (!Files.exists(stop) && parent.isAlive()) {
      long due = first + (System.nanoTime() - began) * perSecond / NANOS_PER_SECOND;
      for (int i = 0; i < MOST_IN_BURST && next < due; i++) {
        ledger.begin(next);
        send(next++);
      }
      pause();
    }
    while (ledger.acknowledged().cardinality() < next && parent.isAlive()) {
      pause();
    }
  }

  private void pause() {
    for (Long number = again.poll(); number != null; number = again.poll()) {
      send(number);
    }
    int waiting = early.size();
    for (int i = 0; i < waiting; i++) {
      send(early.removeFirst());
    }
    LockSupport.parkNanos(BETWEEN_BURSTS_NANOS);
  }

  private static boolean mustFollow(NumberedEvents.Kind kind) {
    return switch (kind) {
      case USAGE, DUPLICATE -> false;
      case CONFLICT, VOID, AMEND -> true;
    };
  }

  private void send(long number) {
    NumberedEvents.Sending sending = events.sending(number);
    if (mustFollow(sending.kind()) && !ledger.isAcknowledged(sending.original())) {
      early.addLast(number);
      return;
    }
    var unused =
        publisher
            .publish(sending.event())
            .whenComplete(
                (place, failure) -> {
                  if (failure != null) {
                    again.add(number);
                  } else {
                    ledger.acknowledge(number);
                  }
                });
  }
}
