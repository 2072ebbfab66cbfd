package io.tollgate.schemas;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * How to reach a schema registry.
 *
 * @param url without a trailing slash, path included (such as {@code /apis/ccompat/v7})
 * @param credentials basic authentication, if it asks for any
 * @param timeout of one attempt
 * @param firstPause before the second attempt; doubles with each further one
 */
public record RegistrySettings(
    URI url, Optional<Credentials> credentials, Duration timeout, Duration firstPause) {
  public RegistrySettings {
    InvalidInput.unless(
        !timeout.isNegative() && !timeout.isZero(),
        "registry.timeout",
        timeout,
        "must be positive");
    String text = url.toString();
    if (text.endsWith("/")) {
      url = URI.create(text.substring(0, text.length() - 1));
    }
  }

  public static RegistrySettings at(URI url) {
    return new RegistrySettings(
        url, Optional.empty(), Duration.ofSeconds(5), Duration.ofMillis(200));
  }

  /** User and password; never printed. */
  public record Credentials(String user, String password) {
    @Override
    public String toString() {
      return "Credentials[user=" + user + "]";
    }
  }
}
