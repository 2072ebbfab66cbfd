package io.tollgate.governance.notify;

import io.tollgate.schemas.InvalidInput;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/**
 * Where a webhook is sent. What its name resolves to is judged at every connection, not here: it
 * may be another address then.
 */
record WebhookUrl(URI uri) {
  private static final String FIELD = "url";
  private static final int LONGEST = 2_048;
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;
  private static final int FIRST_UNPRIVILEGED = 1_024;
  private static final int LAST_PORT = 65_535;

  /**
   * Reads a URL.
   *
   * @throws InvalidInput if it is none that webhooks are sent to
   */
  static WebhookUrl of(String text, NotifySettings settings) {
    InvalidInput.unless(
        !text.isEmpty()
            && text.length() <= LONGEST
            && text.chars().allMatch(c -> c > ' ' && c < 0x7f),
        FIELD,
        text,
        "must be an absolute URL of at most " + LONGEST + " visible ASCII characters");
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException e) {
      throw new InvalidInput(FIELD, text, "must be a well-formed URL");
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    InvalidInput.unless(
        scheme.equals("https") || (scheme.equals("http") && settings.allowHttp()),
        FIELD,
        text,
        settings.allowHttp() ? "must begin with https:// or http://" : "must begin with https://");
    InvalidInput.unless(
        uri.getHost() != null && !uri.getHost().isEmpty(), FIELD, text, "must name a host");
    InvalidInput.unless(
        uri.getRawUserInfo() == null, FIELD, "(not shown)", "must not hold credentials");
    InvalidInput.unless(uri.getRawFragment() == null, FIELD, text, "must not have a fragment");
    WebhookUrl url = new WebhookUrl(uri);
    InvalidInput.unless(
        url.port() == HTTP_PORT
            || url.port() == HTTPS_PORT
            || (url.port() >= FIRST_UNPRIVILEGED && url.port() <= LAST_PORT),
        FIELD,
        text,
        "must name port 80, 443 or one from 1024 to 65535, or none");
    url.literal()
        .flatMap(new AddressRules(settings.allowPrivate())::refusal)
        .ifPresent(
            refusal -> {
              throw new InvalidInput(FIELD, text, refusal);
            });
    return url;
  }

  /** The address, if the URL has one in place of a name. */
  private Optional<InetAddress> literal() {
    try {
      return Optional.of(InetAddress.ofLiteral(uri.getHost()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  int port() {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return uri.getScheme().equalsIgnoreCase("https") ? HTTPS_PORT : HTTP_PORT;
  }
}
