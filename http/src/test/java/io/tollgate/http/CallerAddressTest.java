package io.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallerAddressTest {
  private static final Set<String> PROXIES = Set.of("10.0.0.1", "10.0.0.2");

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "9.9.9.9,  1.1.1.1,            9.9.9.9",
        "10.0.0.1, -,                  10.0.0.1",
        "10.0.0.1, 1.1.1.1,            1.1.1.1",
        "10.0.0.1, 6.6.6.6 1.1.1.1,    1.1.1.1",
        "10.0.0.1, 6.6.6.6 1.1.1.1 10.0.0.2, 1.1.1.1",
        "10.0.0.1, 1.1.1.1 localhost,  10.0.0.1",
        "10.0.0.1, 1.1.1.1 300.1.1.1,  10.0.0.1",
        "10.0.0.1, 2001:DB8::1,        2001:db8:0:0:0:0:0:1",
        "10.0.0.1, 10.0.0.2,           10.0.0.2",
      })
  void believesTrustedProxiesOnly(String peer, String forwarded, String expected) {
    List<String> addresses = forwarded == null ? List.of() : List.of(forwarded.split(" ", -1));
    assertThat(CallerAddress.of(peer, addresses, PROXIES)).isEqualTo(expected);
  }

  @Test
  void aTrustedProxyIsAnAddress() {
    assertThatThrownBy(() -> ListenerConfig.onLoopback(0).trusting(Set.of("proxy.example")))
        .hasMessageContaining("must be an IP address");
    assertThat(ListenerConfig.onLoopback(0).trusting(Set.of("2001:DB8::1")).trustedProxies())
        .containsExactly("2001:db8:0:0:0:0:0:1");
  }
}
