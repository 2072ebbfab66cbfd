package io.tollgate.app;

import io.tollgate.schemas.InvalidInput;

/** The rule for ports on the command line. */
final class Ports {
  private Ports() {}

  static void check(int port) {
    InvalidInput.unless(port >= 1 && port <= 65_535, "--port", port, "must be 1 to 65535");
  }
}
