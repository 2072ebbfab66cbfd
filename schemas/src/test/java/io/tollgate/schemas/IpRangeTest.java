package io.tollgate.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpRangeTest {
  @ParameterizedTest
  @CsvSource({
    "10.1.0.0/16, 10.1.255.255, true",
    "10.1.0.0/16, 10.2.0.0, false",
    "10.1.2.3, 10.1.2.3, true",
    "10.1.2.3, 10.1.2.4, false",
    "0.0.0.0/0, 255.255.255.255, true",
    "192.168.4.0/22, 192.168.7.255, true",
    "192.168.4.0/22, 192.168.8.0, false",
    "2001:db8::/32, 2001:db8:ffff::1, true",
    "2001:db8::/32, 2001:db9::1, false",
    "::/0, 10.0.0.1, false",
    "0.0.0.0/0, ::1, false"
  })
  void tellsWhichAddressesItHas(String range, String address, boolean has) {
    assertThat(IpRange.parse("range", range).contains(InetAddress.ofLiteral(address)))
        .isEqualTo(has);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "example.com",
        "10.1.0.0/33",
        "10.1.0.1/16",
        "2001:db8::/129",
        "10.1.0.0/-1",
        "10.1.0.0/",
        "10.1.0/16 ",
        "10.1.0.0/16,10.2.0.0/16",
        "999.1.1.1",
        "::1%lo"
      })
  void refusesWhatIsNoRange(String text) {
    assertThatThrownBy(() -> IpRange.parse("allowed_ip_ranges[0]", text))
        .isInstanceOfSatisfying(
            InvalidInput.class, e -> assertThat(e.field()).isEqualTo("allowed_ip_ranges[0]"));
  }
}
