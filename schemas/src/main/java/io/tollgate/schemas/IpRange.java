package io.tollgate.schemas;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A range of IP addresses in CIDR notation (RFC 4632, RFC 4291), such as {@code 10.1.0.0/16} or
 * {@code 2001:db8::/32}; an address without a length is itself alone. No name is ever looked up.
 */
public record IpRange(InetAddress network, int prefixLength) {
  private static final Pattern TEXT = Pattern.compile("([0-9a-fA-F.:]{2,45})(?:/([0-9]{1,3}))?");

  public IpRange {
    int bits = network.getAddress().length * Byte.SIZE;
    if (prefixLength < 0 || prefixLength > bits) {
      throw new InvalidInput(
          "prefix_length", Integer.toString(prefixLength), "must be 0 to " + bits);
    }
  }

  /**
   * Reads a range.
   *
   * @throws InvalidInput naming the field, if it is not one or has bits beyond its length
   */
  public static IpRange parse(String field, String text) {
    Matcher matcher = TEXT.matcher(text);
    InvalidInput.unless(
        matcher.matches(),
        field,
        text,
        "must be a range of addresses such as 10.1.0.0/16 or 2001:db8::/32");
    InetAddress address = address(field, text, matcher.group(1));
    int bits = address.getAddress().length * Byte.SIZE;
    int length = matcher.group(2) == null ? bits : Integer.parseInt(matcher.group(2));
    InvalidInput.unless(
        length <= bits, field, text, "must have a length of at most " + bits + " bits");
    IpRange range = new IpRange(address, length);
    InvalidInput.unless(
        Arrays.equals(range.masked(address.getAddress()), address.getAddress()),
        field,
        text,
        "must not have bits beyond its length of " + length);
    return range;
  }

  private static InetAddress address(String field, String text, String literal) {
    try {
      return InetAddress.ofLiteral(literal);
    } catch (IllegalArgumentException e) {
      throw new InvalidInput(field, text, "must begin with an IPv4 or IPv6 address");
    }
  }

  /** Whether the range has this address; an IPv4 address is in no IPv6 range and the reverse. */
  public boolean contains(InetAddress address) {
    return address.getAddress().length == network.getAddress().length
        && Arrays.equals(masked(address.getAddress()), network.getAddress());
  }

  private byte[] masked(byte[] address) {
    byte[] masked = address.clone();
    for (int i = 0; i < masked.length; i++) {
      int bits = Math.clamp(prefixLength - (long) i * Byte.SIZE, 0, Byte.SIZE);
      masked[i] &= (byte) (0xff << (Byte.SIZE - bits));
    }
    return masked;
  }

  @Override
  public String toString() {
    return network.getHostAddress() + "/" + prefixLength;
  }
}
