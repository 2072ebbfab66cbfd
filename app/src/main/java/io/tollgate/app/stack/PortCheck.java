package io.tollgate.app.stack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Whether a port of the loopback address is free, asked before anything is started for it. */
public final class PortCheck {
  /** Where {@code up} listens unless told otherwise. */
  public static final int USUAL = 8787;

  private PortCheck() {}

  public static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }

  /**
   * @throws StackProblem if somebody listens there
   */
  public static void requireFree(int port) {
    if (!isFree(port)) {
      throw new StackProblem(
          "port "
              + port
              + " on 127.0.0.1 is in use; choose another with --port, or stop what holds it");
    }
  }

  /** The usual port if it is free, else 0 for any. */
  public static int usualOrAny() {
    return isFree(USUAL) ? USUAL : 0;
  }
}
