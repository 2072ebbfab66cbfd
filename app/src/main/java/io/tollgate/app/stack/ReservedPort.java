package io.tollgate.app.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.random.RandomGenerator;

/**
 * A port of the loopback address that is held until the listener takes it: roles tell others where
 * they can be reached before anybody listens there.
 */
public final class ReservedPort implements AutoCloseable {
  /** Below the range from which Linux takes the local ports of outgoing connections. */
  private static final int LOWEST = 10_000;

  private static final int HIGHEST = 32_000;
  private static final int ATTEMPTS = 200;

  private final ServerSocket socket;

  private ReservedPort(ServerSocket socket) {
    this.socket = socket;
  }

  /** One that is free now, for somebody who will listen there again and again. */
  public static int free(RandomGenerator random) {
    try (ReservedPort port = take(random)) {
      return port.port();
    }
  }

  static ReservedPort take(RandomGenerator random) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        ServerSocket socket = new ServerSocket();
        try {
          socket.bind(
              new InetSocketAddress(
                  InetAddress.getLoopbackAddress(), random.nextInt(LOWEST, HIGHEST)));
          return new ReservedPort(socket);
        } catch (IOException taken) {
          socket.close();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    throw new StackProblem("no free port found between " + LOWEST + " and " + HIGHEST);
  }

  int port() {
    return socket.getLocalPort();
  }

  /** Gives it up to who listens there next. */
  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
