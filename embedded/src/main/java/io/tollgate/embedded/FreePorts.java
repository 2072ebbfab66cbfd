package io.tollgate.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Picks ports that nobody listens on. It looks below the range from which Linux takes the local
 * ports of outgoing connections, so that a port is not lost to one between the choice and the
 * service's own bind.
 */
final class FreePorts {
  static final int LOWEST = 10_000;
  static final int HIGHEST = 32_000;
  private static final int ATTEMPTS = 200;

  /** Knows what this process has given out and what is not bound yet. */
  static final FreePorts OF_THIS_PROCESS = new FreePorts(RandomGenerator.getDefault());

  private final RandomGenerator random;
  private final Set<Integer> given = new HashSet<>();

  FreePorts(RandomGenerator random) {
    this.random = random;
  }

  /** The wanted port if it is not 0, else a free one. */
  int resolve(int wanted) {
    return wanted != 0 ? wanted : choose();
  }

  synchronized int choose() {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int port = random.nextInt(LOWEST, HIGHEST);
      if (isFree(port) && given.add(port)) {
        return port;
      }
    }
    throw new ServiceFailedException(
        "No free port found between %d and %d on the loopback address".formatted(LOWEST, HIGHEST));
  }

  static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}
