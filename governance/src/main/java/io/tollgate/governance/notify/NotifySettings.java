package io.tollgate.governance.notify;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * How alerts are sent.
 *
 * @param allowPrivate ranges of addresses that may be reached although they are not public, for an
 *     installation whose tenants are its own people
 * @param allowHttp whether a channel may be without TLS
 * @param pace how long things may take
 */
public record NotifySettings(List<AddressRange> allowPrivate, boolean allowHttp, Pace pace) {
  /**
   * How long things may take.
   *
   * @param connect to the receiver, per address
   * @param answer from the beginning of an attempt to the end of the answer
   * @param lease how long a process may work on a delivery before another may take it over; longer
   *     than an attempt
   * @param look how often it is looked for deliveries that are due
   */
  public record Pace(
      RetrySchedule retries, Duration connect, Duration answer, Duration lease, Duration look) {
    public static final Pace STANDARD =
        new Pace(
            RetrySchedule.STANDARD,
            Duration.ofSeconds(5),
            Duration.ofSeconds(15),
            Duration.ofSeconds(60),
            Duration.ofMillis(500));

    public Pace {
      if (!connect.isPositive() || !look.isPositive() || answer.compareTo(connect) < 0) {
        throw new IllegalArgumentException("connect and look must be positive, answer longer");
      }
      if (lease.compareTo(answer) <= 0) {
        throw new IllegalArgumentException("a lease must be longer than an attempt");
      }
    }
  }

  public NotifySettings {
    allowPrivate = List.copyOf(allowPrivate);
  }

  /** The public internet over TLS only. */
  public static NotifySettings standard() {
    return new NotifySettings(List.of(), false, Pace.STANDARD);
  }

  /**
   * As an installation sets it.
   *
   * @param allowPrivate ranges separated by commas, or nothing
   * @throws io.tollgate.schemas.InvalidInput if one of them is no range
   */
  public static NotifySettings of(String allowPrivate, boolean allowHttp) {
    return new NotifySettings(
        Stream.of(allowPrivate.split(",", -1))
            .map(String::strip)
            .filter(text -> !text.isEmpty())
            .map(AddressRange::of)
            .toList(),
        allowHttp,
        Pace.STANDARD);
  }
}
