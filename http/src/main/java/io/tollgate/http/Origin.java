package io.tollgate.http;

import java.util.Optional;

/**
 * Where the request under way comes from and which route took it. Known on the request's own thread
 * while its guard and endpoint run, so that whoever writes down what was done need not be handed
 * it.
 *
 * @param address the caller's, as text: the peer's, or what a trusted proxy says it was
 * @param route method and path as declared, such as {@code POST /v1/organization/projects}
 */
public record Origin(String address, String route) {
  static final ScopedValue<Origin> CURRENT = ScopedValue.newInstance();

  /** The one of the request that this thread answers; empty outside of any. */
  public static Optional<Origin> current() {
    return CURRENT.isBound() ? Optional.of(CURRENT.get()) : Optional.empty();
  }
}
