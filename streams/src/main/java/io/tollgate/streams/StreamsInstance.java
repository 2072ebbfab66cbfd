package io.tollgate.streams;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * One process among those that share the streams role's work.
 *
 * @param name stable over restarts, so that a restarted instance takes its partitions up at once
 *     instead of waiting for its former self's session to end; no two live instances may share one
 * @param url where the other instances reach this one's routes, such as {@code
 *     http://10.0.0.7:8787}; empty where there is no other
 * @param standbys copies of every task's state that other instances keep, so that one of them goes
 *     on at once when this one is lost: 1 where several instances are expected, 0 for one alone
 * @param nodeRates whether records per second are measured for every node of the topologies, which
 *     costs some throughput
 * @param session after which the others take over from one that is silent; back within it under the
 *     same name and with the same folder, it finds its partitions as it left them, and nobody else
 *     has noticed
 */
public record StreamsInstance(
    String name, Optional<URI> url, int standbys, boolean nodeRates, Duration session) {
  /** The least that Kafka's brokers take unless told otherwise. */
  public static final Duration SHORTEST_SESSION = Duration.ofSeconds(6);

  private static final Duration LONGEST_SESSION = Duration.ofMinutes(5);
  private static final int MOST_STANDBYS = 3;

  /** The only one. */
  public static final StreamsInstance ALONE =
      new StreamsInstance("0", Optional.empty(), 0, false, SHORTEST_SESSION);

  public StreamsInstance {
    if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
      throw new IllegalArgumentException("an instance's name must match [A-Za-z0-9._-]{1,64}");
    }
    if (standbys < 0 || standbys > MOST_STANDBYS) {
      throw new IllegalArgumentException("standbys must be 0 to 3, not " + standbys);
    }
    if (session.compareTo(SHORTEST_SESSION) < 0 || session.compareTo(LONGEST_SESSION) > 0) {
      throw new IllegalArgumentException("session must be 6 s to 5 min, not " + session);
    }
    url.ifPresent(
        address -> {
          if (address.getHost() == null || address.getPort() < 1) {
            throw new IllegalArgumentException("an instance's URL must have host and port");
          }
        });
  }

  /** As Kafka Streams tells the other instances; empty where there is no other. */
  String applicationServer() {
    return url.map(address -> address.getHost() + ":" + address.getPort()).orElse("");
  }
}
