package io.tollgate.app.stack;

import io.tollgate.embedded.LocalService;
import io.tollgate.embedded.LocalStack;
import io.tollgate.embedded.ServiceFailedException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts a service again that was killed, on the same ports and data; the roles wait for it
 * meanwhile. A service that does not stay up is given up after a number of times, and {@code
 * /health} then says what is missing.
 */
final class ServiceWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceWatch.class);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration CLOSE = Duration.ofSeconds(10);

  /** Over the life of this process, all services together. */
  private static final int MOST_RESTARTS = 20;

  private final LocalStack stack;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;

  private ServiceWatch(LocalStack stack) {
    this.stack = stack;
    this.thread = Thread.ofPlatform().daemon().name("service-watch").unstarted(this::run);
  }

  static ServiceWatch start(LocalStack stack) {
    ServiceWatch watch = new ServiceWatch(stack);
    watch.thread.start();
    return watch;
  }

  private void run() {
    int restarts = 0;
    try {
      while (!closing.await(LOOK.toMillis(), TimeUnit.MILLISECONDS) && restarts < MOST_RESTARTS) {
        for (LocalService service : stack.services()) {
          if (!service.isAlive() && closing.getCount() > 0) {
            restarts++;
            restart(service);
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (restarts >= MOST_RESTARTS) {
      LOG.error("{} restarts are enough: services are no longer started again", MOST_RESTARTS);
    }
  }

  private static void restart(LocalService service) {
    LOG.warn("{} has ended; it is started again", service.name());
    try {
      service.restart();
      LOG.info("{} is back (process {})", service.name(), service.pid());
    } catch (ServiceFailedException e) {
      LOG.error("{} did not come back", service.name(), e);
    }
  }

  @Override
  public void close() {
    closing.countDown();
    try {
      boolean ended = thread.join(CLOSE);
      LOG.debug("ended: {}", ended);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
