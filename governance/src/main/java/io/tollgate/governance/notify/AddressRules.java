package io.tollgate.governance.notify;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which addresses a webhook may be sent to: those that the public internet routes, and what the
 * installation allows beyond. Tenants choose the URLs, so that everything else would let them talk
 * to the inside of the network this runs in.
 *
 * <p>The ranges are those of the IANA registries of special-purpose addresses (RFC 6890 and what
 * came after), multicast, and addresses of IPv6 that embed one of IPv4, because what they come to
 * is decided by a gateway on the way.
 */
final class AddressRules {
  private static final List<AddressRange> SPECIAL_V4 =
      ranges(
          "0.0.0.0/8", // this network, unspecified
          "10.0.0.0/8", // private
          "100.64.0.0/10", // shared by carriers; some clouds have their metadata here
          "127.0.0.0/8", // loopback
          "168.63.129.16/32", // routed like a public one, yet the host of a virtual machine
          "169.254.0.0/16", // link-local; metadata of most clouds
          "172.16.0.0/12", // private
          "192.0.0.0/24", // protocol assignments; metadata of some clouds
          "192.0.2.0/24", // documentation
          "192.88.99.0/24", // 6to4 relays
          "192.168.0.0/16", // private
          "198.18.0.0/15", // benchmarks
          "198.51.100.0/24", // documentation
          "203.0.113.0/24", // documentation
          "224.0.0.0/4", // multicast
          "240.0.0.0/4"); // reserved, broadcast

  /** Outside of it are loopback, mapped, NAT64, unique-local, link-local and multicast ones. */
  private static final AddressRange GLOBAL_V6 = AddressRange.of("2000::/3");

  private static final List<AddressRange> SPECIAL_V6 =
      ranges(
          "2001::/23", // protocol assignments, among them Teredo, which embeds IPv4
          "2001:db8::/32", // documentation
          "2002::/16", // 6to4, which embeds IPv4
          "3fff::/20"); // documentation

  private final List<AddressRange> allowed;

  /**
   * @param allowed ranges that may be reached although they are not public
   */
  AddressRules(List<AddressRange> allowed) {
    this.allowed = List.copyOf(allowed);
  }

  private static List<AddressRange> ranges(String... texts) {
    return Stream.of(texts).map(AddressRange::of).toList();
  }

  /** Why the address must not be reached; empty if it may be. */
  Optional<String> refusal(InetAddress address) {
    if (allowed.stream().anyMatch(range -> range.contains(address))) {
      return Optional.empty();
    }
    if (address instanceof Inet4Address) {
      return within(SPECIAL_V4, address);
    }
    return GLOBAL_V6.contains(address)
        ? within(SPECIAL_V6, address)
        : Optional.of(address.getHostAddress() + " is not a public address");
  }

  private static Optional<String> within(List<AddressRange> special, InetAddress address) {
    return special.stream()
        .filter(range -> range.contains(address))
        .findFirst()
        .map(range -> address.getHostAddress() + " is not a public address: it is within " + range);
  }
}
