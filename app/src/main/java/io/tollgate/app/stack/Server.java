package io.tollgate.app.stack;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.tollgate.embedded.FolderInUseException;
import io.tollgate.embedded.LocalStack;
import io.tollgate.embedded.ServiceFailedException;
import io.tollgate.http.HttpListener;
import io.tollgate.http.ListenerConfig;
import io.tollgate.http.PortInUse;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.TopicCreation;
import io.tollgate.schemas.TopicSizing;
import io.tollgate.streams.StreamsInstance;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process behind {@code up}: the services, if it is to bring them, the roles, and one listener
 * with all routes. What is started is closed in reverse order, also when a signal comes in the
 * middle of the start.
 */
public final class Server {
  private static final Logger LOG = LoggerFactory.getLogger(Server.class);

  private static final int START_ATTEMPTS = 3;

  private final Settings settings;
  private final InstantSource clock;
  private final Optional<StartLog> startLog;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private boolean closing;
  private volatile @Nullable URI address;

  /**
   * How a server runs.
   *
   * @param installation what all processes of it have in common
   * @param port of the listener; 0 for any free one
   * @param withServices whether to bring the services up, or find them by the folder's record
   * @param instance this process among those that run the same roles on the same folder
   * @param standbys copies of the topologies' state that other instances keep
   * @param nodeRates whether the rates of every node of the topologies are measured
   * @param session how long other streams instances wait for this one to be back
   * @param bound whether to end when standard input does, unless told to stay
   * @param streams where the routes of the streams role are, if not here
   * @param startLog where to tell how far the start is
   */
  public record Settings(
      DataFolder data,
      Installation installation,
      int port,
      List<RoleName> roles,
      InstanceName instance,
      int standbys,
      boolean nodeRates,
      Duration session,
      boolean withServices,
      boolean bound,
      Optional<URI> streams,
      Optional<Path> startLog) {
    public Settings {
      roles = List.copyOf(roles);
    }
  }

  public Server(Settings settings, InstantSource clock) {
    this.settings = settings;
    this.clock = clock;
    this.startLog = settings.startLog().map(StartLog::new);
  }

  /**
   * Runs until it is told to end.
   *
   * @return whether it came up
   */
  public boolean run() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "close"));
    if (settings.bound()) {
      Thread.ofPlatform().daemon().name("bound").start(this::awaitParent);
    }
    try {
      start();
      startLog.ifPresent(StartLog::ready);
      ended.await();
      return true;
    } catch (StackProblem
        | FolderInUseException
        | ServiceFailedException
        | PortInUse
        | InvalidInput e) {
      failed(firstLine(String.valueOf(e.getMessage())), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      failed(
          "the server did not start: "
              + e
              + "; see "
              + settings.data().serverLog(settings.instance()),
          e);
    }
    close();
    return false;
  }

  /** The rest is the end of a service's log, which stays where it is. */
  private static String firstLine(String message) {
    return message
        .lines()
        .findFirst()
        .orElse(message)
        .replaceFirst("\\. The end of (.*):$", "; see $1");
  }

  private void failed(String line, RuntimeException cause) {
    LOG.error("{}", line, cause);
    startLog.ifPresent(log -> log.failed(line));
  }

  private void step(String text) {
    LOG.info("{}", text);
    startLog.ifPresent(log -> log.step(text));
  }

  private void start() {
    Services services = services();
    createTopics(services);
    step("topics are there");
    Optional<ReservedPort> reserved =
        settings.port() == 0
            ? Optional.of(opened(ReservedPort.take(RandomGenerator.getDefault())))
            : Optional.empty();
    int port = reserved.map(ReservedPort::port).orElse(settings.port());
    URI url = URI.create("http://" + ListenerConfig.LOOPBACK + ":" + port);
    RoleSet roles =
        RoleSet.start(
            settings.roles(),
            services,
            settings.data(),
            settings.installation(),
            new StreamsInstance(
                settings.instance().value(),
                Optional.of(url),
                settings.standbys(),
                settings.nodeRates(),
                settings.session()),
            this::streams,
            clock,
            this::opened);
    reserved.ifPresent(ReservedPort::close);
    HttpListener listener =
        opened(
            HttpListener.start(
                ListenerConfig.onLoopback(port).trusting(settings.installation().trustedProxies()),
                roles.http(),
                roles.principals(),
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT)));
    address = url;
    roles.awaitWell();
    step("every role is well, listening on port " + listener.port());
    // Commands talk to the process that governs; others beside it have no record.
    if (settings.roles().contains(RoleName.GOVERNANCE)) {
      settings.data().write(record(services, url));
    }
  }

  private ServerRecord record(Services services, URI url) {
    return new ServerRecord(
        ProcessHandle.current().pid(),
        url,
        settings.roles().stream().map(RoleName::wireName).toList(),
        services.kafka().bootstrapServers(),
        services.kafka().registry(),
        clock.instant().toString());
  }

  private URI streams() {
    return settings
        .streams()
        .or(() -> Optional.ofNullable(address))
        .orElseThrow(() -> new StackProblem("the listener has not started yet"));
  }

  private Services services() {
    if (!settings.withServices()) {
      return Services.recorded(settings.data().path());
    }
    LocalStack stack = opened(startServices());
    opened(ServiceWatch.start(stack));
    return Services.of(stack);
  }

  /**
   * A port that was free when it was chosen may be taken when the service binds it: others choose
   * too.
   */
  private LocalStack startServices() {
    for (int attempt = 1; ; attempt++) {
      try {
        return LocalStack.in(settings.data().path()).progress(this::step).start();
      } catch (ServiceFailedException e) {
        if (attempt == START_ATTEMPTS
            || !String.valueOf(e.getMessage()).contains("Address already in use")) {
          throw e;
        }
        LOG.warn("a port was taken meanwhile; the services are started again", e);
        step("a port was taken meanwhile; starting again");
      }
    }
  }

  private static void createTopics(Services services) {
    Map<String, Object> config =
        Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, services.kafka().bootstrapServers());
    try (Admin admin = Admin.create(config)) {
      TopicCreation.createMissing(admin, TopicSizing.local());
    }
  }

  /** Keeps what has to be closed; closes it at once if the end has begun. */
  private <T extends AutoCloseable> T opened(T thing) {
    synchronized (opened) {
      if (!closing) {
        opened.push(thing);
        return thing;
      }
    }
    close(thing);
    throw new StackProblem("the server was told to end while it was starting");
  }

  private void close() {
    synchronized (opened) {
      closing = true;
    }
    while (true) {
      AutoCloseable next;
      synchronized (opened) {
        next = opened.poll();
      }
      if (next == null) {
        break;
      }
      close(next);
    }
    ended.countDown();
  }

  private static void close(AutoCloseable thing) {
    try {
      thing.close();
    } catch (Exception e) {
      LOG.warn("{} did not close cleanly", thing.getClass().getSimpleName(), e);
    }
  }

  /** Ends this process when the one that started it is gone, unless it was told to stay before. */
  private void awaitParent() {
    try (InputStream in = System.in) {
      if (in.read() == ServerProcess.STAY) {
        LOG.info("released by the process that started it");
        return;
      }
    } catch (IOException e) {
      LOG.info("the process that started this one is gone: {}", e.getMessage());
    }
    System.exit(0);
  }
}
