package io.tollgate.embedded;

import org.jspecify.annotations.Nullable;

/**
 * A local service did not start, stop or answer; the message ends with the last lines of its log.
 */
public final class ServiceFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ServiceFailedException(String message) {
    super(message);
  }

  ServiceFailedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
