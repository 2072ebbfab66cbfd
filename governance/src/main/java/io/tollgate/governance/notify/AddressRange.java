package io.tollgate.governance.notify;

import io.tollgate.schemas.InvalidInput;
import java.net.Inet6Address;
import java.net.InetAddress;

/** A range of IP addresses, written as in {@code 10.0.0.0/8} or {@code fc00::/7}. */
public record AddressRange(InetAddress base, int prefixBits) {
  private static final String RULE =
      "must be a range of addresses such as 10.0.0.0/8 or fd00::/8, without bits after its prefix";

  public AddressRange {
    InvalidInput.unless(
        prefixBits >= 0 && prefixBits <= base.getAddress().length * Byte.SIZE,
        "range",
        prefixBits,
        RULE);
    InvalidInput.unless(
        differsFrom(base.getAddress(), new byte[base.getAddress().length]) <= prefixBits,
        "range",
        base.getHostAddress() + "/" + prefixBits,
        RULE);
  }

  /**
   * Reads a range.
   *
   * @throws InvalidInput if it is none; an address alone is none either
   */
  public static AddressRange of(String text) {
    int slash = text.indexOf('/');
    InvalidInput.unless(
        slash > 0 && text.substring(slash + 1).matches("[0-9]{1,3}"), "range", text, RULE);
    try {
      return new AddressRange(
          InetAddress.ofLiteral(text.substring(0, slash)),
          Integer.parseInt(text.substring(slash + 1)));
    } catch (IllegalArgumentException e) {
      throw new InvalidInput("range", text, RULE);
    }
  }

  /** Whether the address is in the range; one of the other family never is. */
  public boolean contains(InetAddress address) {
    byte[] given = address.getAddress();
    byte[] wanted = base.getAddress();
    if (given.length != wanted.length) {
      return false;
    }
    for (int bit = 0; bit < prefixBits; bit++) {
      if (bit(given, bit) != bit(wanted, bit)) {
        return false;
      }
    }
    return true;
  }

  /** How many leading bits are needed to tell the two apart for good; 0 if they are the same. */
  private static int differsFrom(byte[] address, byte[] other) {
    int last = 0;
    for (int bit = 0; bit < address.length * Byte.SIZE; bit++) {
      if (bit(address, bit) != bit(other, bit)) {
        last = bit + 1;
      }
    }
    return last;
  }

  private static int bit(byte[] address, int bit) {
    return address[bit / Byte.SIZE] >> (Byte.SIZE - 1 - bit % Byte.SIZE) & 1;
  }

  @Override
  public String toString() {
    String address = base.getHostAddress();
    // Without the scope, which a range has not.
    int scope = base instanceof Inet6Address ? address.indexOf('%') : -1;
    return (scope < 0 ? address : address.substring(0, scope)) + "/" + prefixBits;
  }
}
