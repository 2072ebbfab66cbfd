package io.tollgate.governance.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.InvalidInput;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRulesTest {
  private final AddressRules rules = new AddressRules(List.of());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.100.100.200",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "169.254.170.2",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::a00:1",
        "100::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:808:808::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fdff::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1"
      })
  void refusesWhatIsNotPublic(String address) {
    assertThat(rules.refusal(InetAddress.ofLiteral(address))).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.1",
        "168.63.129.15",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2003::1",
        "2606:4700:4700::1111",
        "2a00:1450:4001::1",
        "::ffff:8.8.8.8"
      })
  void letsWhatIsPublicPass(String address) {
    assertThat(rules.refusal(InetAddress.ofLiteral(address))).isEmpty();
  }

  /** Bytes of IPv6 that the platform does not turn into an address of IPv4 by itself. */
  @Test
  void seesAMappedAddressForWhatItIs() throws Exception {
    byte[] mapped = new byte[16];
    mapped[10] = (byte) 0xff;
    mapped[11] = (byte) 0xff;
    mapped[12] = 10;
    InetAddress address = InetAddress.getByAddress("name.example", mapped);

    assertThat(address).isInstanceOf(Inet4Address.class);
    assertThat(rules.refusal(address))
        .hasValueSatisfying(why -> assertThat(why).contains("10.0.0.0/8"));
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.0.0/16, 10.1.2.3, true",
    "10.1.0.0/16, 10.2.0.1, false",
    "127.0.0.1/32, 127.0.0.1, true",
    "127.0.0.1/32, 127.0.0.2, false",
    "fd00::/8, fd12::1, true",
    "fd00::/8, fe80::1, false",
    "0.0.0.0/0, ::1, false"
  })
  void letsPassWhatTheInstallationAllows(String range, String address, boolean passes) {
    AddressRules allowing = new AddressRules(List.of(AddressRange.of(range)));

    assertThat(allowing.refusal(InetAddress.ofLiteral(address)).isEmpty()).isEqualTo(passes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "/8",
        "10.0.0.0",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.1/8",
        "fd00::/129",
        "fd00::1/8",
        "localhost/8",
        "10.0.0.0/8/8",
        "10.0.0.0/8 "
      })
  void refusesWhatIsNoRange(String text) {
    assertThatThrownBy(() -> AddressRange.of(text)).isInstanceOf(InvalidInput.class);
  }

  @Test
  void readsTheSettingsOfAnInstallation() {
    NotifySettings settings = NotifySettings.of("10.0.0.0/8, fd00::/8,", true);

    assertThat(settings.allowPrivate())
        .extracting(AddressRange::toString)
        .containsExactly("10.0.0.0/8", "fd00:0:0:0:0:0:0:0/8");
    assertThat(NotifySettings.of("", false).allowPrivate()).isEmpty();
    assertThatThrownBy(() -> NotifySettings.of("10.0.0.0/8,all", true))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining("all");
  }
}
