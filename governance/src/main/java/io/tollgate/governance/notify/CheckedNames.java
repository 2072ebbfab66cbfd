package io.tollgate.governance.notify;

import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Resolves names for a connection that is about to be made, and gives only addresses that may be
 * reached. The connection is made to just these: nobody asks for the name again, so that it cannot
 * have another address by then. Addresses in place of names come by here too.
 */
final class CheckedNames implements DnsResolver, AutoCloseable {
  /** More addresses of a name are not tried: an attempt has a bound. */
  private static final int MOST_ADDRESSES = 4;

  /** Lookups that hang keep a thread each until the platform gives them up. */
  private static final int MOST_LOOKUPS = 64;

  private static final Duration IDLE = Duration.ofSeconds(10);

  private final AddressRules rules;
  private final Lookup lookup;
  private final Duration bound;
  private final ExecutorService lookups;

  /** Asks for all addresses of a name. */
  @FunctionalInterface
  interface Lookup {
    InetAddress[] all(String name) throws UnknownHostException;
  }

  /**
   * @param bound how long a name may take to be resolved
   */
  CheckedNames(AddressRules rules, Lookup lookup, Duration bound) {
    this.rules = rules;
    this.lookup = lookup;
    this.bound = bound;
    this.lookups =
        new ThreadPoolExecutor(
            0,
            MOST_LOOKUPS,
            IDLE.toSeconds(),
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Thread.ofPlatform().daemon().name("notify-lookup-", 0).factory());
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    List<InetAddress> allowed = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    for (InetAddress address : found(host)) {
      Optional<String> refusal = rules.refusal(address);
      refusal.ifPresentOrElse(refused::add, () -> allowed.add(address));
    }
    if (allowed.isEmpty()) {
      throw refused.isEmpty()
          ? new UnknownHostException(host + " has no address")
          : new AddressNotAllowed(refused.getFirst());
    }
    return allowed.stream().limit(MOST_ADDRESSES).toArray(InetAddress[]::new);
  }

  @Override
  public List<InetSocketAddress> resolve(String host, int port) throws UnknownHostException {
    return List.of(resolve(host)).stream()
        .map(address -> new InetSocketAddress(address, port))
        .toList();
  }

  private InetAddress[] found(String host) throws UnknownHostException {
    Future<InetAddress[]> found;
    try {
      found = lookups.submit(() -> lookup.all(host));
    } catch (RejectedExecutionException e) {
      throw new UnknownHostException("too many names are being resolved; " + host + " was not");
    }
    try {
      return found.get(bound.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      found.cancel(true);
      throw new UnknownHostException(host + " was not resolved within " + bound.toSeconds() + " s");
    } catch (ExecutionException e) {
      throw new UnknownHostException(host + " is not known: " + e.getCause());
    } catch (InterruptedException e) {
      found.cancel(true);
      Thread.currentThread().interrupt();
      throw (UnknownHostException)
          new UnknownHostException(host).initCause(new InterruptedIOException("closing"));
    }
  }

  /** Not asked for: nothing here goes by canonical names. */
  @Override
  public String resolveCanonicalHostname(String host) {
    return host;
  }

  @Override
  public void close() {
    lookups.shutdownNow();
  }
}
