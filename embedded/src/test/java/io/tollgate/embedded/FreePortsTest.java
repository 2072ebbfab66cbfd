package io.tollgate.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class FreePortsTest {
  @Test
  void givesEachPortOnceAndNoneThatIsTaken() throws IOException {
    int wouldBeFirst = new FreePorts(new Random(1)).choose();
    try (ServerSocket taken = new ServerSocket(wouldBeFirst, 1, InetAddress.getLoopbackAddress())) {
      FreePorts ports = new FreePorts(new Random(1));
      assertThat(IntStream.range(0, 100).map(i -> ports.choose()))
          .doesNotHaveDuplicates()
          .doesNotContain(taken.getLocalPort())
          .allMatch(port -> port >= FreePorts.LOWEST && port < FreePorts.HIGHEST);
    }
  }

  @Test
  void leavesAWantedPortAlone() {
    assertThat(new FreePorts(new Random(1)).resolve(9092)).isEqualTo(9092);
  }
}
