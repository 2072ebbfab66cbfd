package io.tollgate.http;

import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where and how the one listener listens.
 *
 * @param host the address to bind; loopback unless said otherwise
 * @param port 0 for any free one
 * @param mostBodyBytes bound of a request body
 * @param mostConcurrentRequests beyond it a request is refused with 503 at once
 * @param shutdownGrace how long requests in flight may take to end when the listener closes
 * @param trustedProxies addresses of the proxies whose {@code X-Forwarded-For} is believed
 */
public record ListenerConfig(
    String host,
    int port,
    int mostBodyBytes,
    int mostConcurrentRequests,
    Duration shutdownGrace,
    Set<String> trustedProxies) {
  public static final String LOOPBACK = "127.0.0.1";
  public static final int BODY_BYTES = 4 << 20;
  public static final int CONCURRENT_REQUESTS = 1_000;

  public ListenerConfig {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port = " + port + ": must be from 0 to 65535");
    }
    if (mostBodyBytes < 1 || mostConcurrentRequests < 1) {
      throw new IllegalArgumentException("bounds of bodies and requests must be above zero");
    }
    trustedProxies =
        trustedProxies.stream()
            .map(
                proxy ->
                    CallerAddress.literal(proxy)
                        .orElseThrow(
                            () ->
                                new IllegalArgumentException(
                                    "trusted proxy " + proxy + ": must be an IP address")))
            .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Loopback, 4 MiB bodies (a batch of events), 1,000 requests at once, 5 s to end, no proxy
   * trusted.
   */
  public static ListenerConfig onLoopback(int port) {
    return new ListenerConfig(
        LOOPBACK, port, BODY_BYTES, CONCURRENT_REQUESTS, Duration.ofSeconds(5), Set.of());
  }

  /** Whether a text is an IP address, as {@code trustedProxies} must be. */
  public static boolean isAddress(String text) {
    return CallerAddress.literal(text).isPresent();
  }

  /** The same, believing these proxies. */
  public ListenerConfig trusting(Set<String> proxies) {
    return new ListenerConfig(
        host, port, mostBodyBytes, mostConcurrentRequests, shutdownGrace, proxies);
  }
}
