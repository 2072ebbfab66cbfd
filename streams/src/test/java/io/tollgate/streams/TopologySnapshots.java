package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.streams.Topology;

/**
 * Compares a topology with the description kept beside the test. A name that changes loses the
 * state kept under it, so a change here is a decision.
 */
final class TopologySnapshots {
  private TopologySnapshots() {}

  static void assertUnchanged(String name, Topology topology) {
    String described = normal(topology.describe().toString());
    assertThat(described).isEqualTo(normal(read(name + ".topology.txt")));
  }

  private static String normal(String text) {
    return text.lines()
        .map(String::stripTrailing)
        .filter(line -> !line.isEmpty())
        .reduce("", (a, b) -> a + b + "\n");
  }

  private static String read(String file) {
    try (InputStream in = TopologySnapshots.class.getResourceAsStream(file)) {
      return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
