package io.tollgate.http;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Whose address a request comes from: the peer's. Only where the peer is a proxy that the listener
 * was told to trust, it is the last address in {@code X-Forwarded-For} that is not itself such a
 * proxy: what stands further left was written by whoever sent the request.
 */
final class CallerAddress {
  private static final Pattern LITERAL =
      Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  private static final int LONGEST_LITERAL = 45;

  private CallerAddress() {}

  static String of(ServerRequest request, Set<String> trustedProxies) {
    SocketAddress peer = request.remotePeer().address();
    String address =
        peer instanceof InetSocketAddress inet && inet.getAddress() != null
            ? inet.getAddress().getHostAddress()
            : request.remotePeer().host();
    return of(
        address,
        request.headers().first(HeaderNames.X_FORWARDED_FOR).isEmpty()
            ? List.of()
            : request.headers().get(HeaderNames.X_FORWARDED_FOR).allValues(true),
        trustedProxies);
  }

  static String of(String peer, List<String> forwardedFor, Set<String> trustedProxies) {
    String address = peer;
    for (int i = forwardedFor.size() - 1; i >= 0 && trustedProxies.contains(address); i--) {
      Optional<String> before = literal(forwardedFor.get(i).strip());
      if (before.isEmpty()) {
        return address;
      }
      address = before.get();
    }
    return address;
  }

  /** In the one form that addresses of peers have; a name is none and is never looked up. */
  static Optional<String> literal(String text) {
    if (text.length() > LONGEST_LITERAL || !LITERAL.matcher(text).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.ofLiteral(text).getHostAddress());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
