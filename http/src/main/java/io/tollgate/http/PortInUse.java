package io.tollgate.http;

/** The listener's port is taken. Its message is one line for a person. */
public final class PortInUse extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PortInUse(String host, int port, Throwable cause) {
    super(
        "port " + port + " on " + host + " is in use; stop what holds it, or choose another port",
        cause);
  }
}
