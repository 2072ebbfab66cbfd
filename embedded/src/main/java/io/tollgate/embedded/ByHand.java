package io.tollgate.embedded;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** What the mains of the services share: start in a folder, say where, stop at Ctrl-C. */
final class ByHand {
  /** A service that runs, and the line that tells its user where. */
  record Running(String address, AutoCloseable service) {}

  /** Starts a service; the port is 0 when a free one is wanted. */
  @FunctionalInterface
  interface Starter {
    Running start(Path data, int port);
  }

  private ByHand() {}

  static void run(String[] args, Starter starter) {
    if (args.length < 1
        || args.length > 2
        || !args[args.length - 1].matches(args.length == 2 ? "[0-9]{1,5}" : ".+")) {
      System.err.println("Usage: DATA_FOLDER [PORT]");
      System.exit(2);
    }
    try {
      Running running =
          starter.start(Path.of(args[0]), args.length == 2 ? Integer.parseInt(args[1]) : 0);
      CountDownLatch forever = new CountDownLatch(1);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> close(running)));
      System.out.println(running.address() + "; Ctrl-C stops it");
      forever.await();
    } catch (FolderInUseException | ServiceFailedException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void close(Running running) {
    try {
      running.service().close();
    } catch (Exception e) {
      System.err.println("Did not stop cleanly: " + e.getMessage());
    }
  }
}
