package io.tollgate.http;

import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The listener with the routes of its roles, {@code /health}, {@code /openapi.json}, and, for the
 * operator, {@code /metrics} in Prometheus's text form if the registry is one that can be scraped.
 */
public final class HttpListener implements AutoCloseable {
  /**
   * The server reads what a route left of a body, to use the connection again; beyond this many
   * times the allowed body it gives up instead.
   */
  private static final int DRAIN_FACTOR = 8;

  private final WebServer server;
  private final AtomicBoolean closed = new AtomicBoolean();

  private HttpListener(WebServer server) {
    this.server = server;
  }

  /**
   * Starts to listen.
   *
   * @throws PortInUse if another program has the port
   */
  public static HttpListener start(
      ListenerConfig config,
      List<? extends HttpRole> roles,
      Principals principals,
      MeterRegistry meters) {
    // The server would log a failed bind at length; most often one line can say it before.
    probe(config);
    HttpRouting.Builder routing = HttpRouting.builder();
    RouteTable table = new RouteTable(routing, principals, meters, config);
    Itself itself = new Itself();
    Routes own = table.routesOf(itself);
    own.get("/health", Guard.anyone(), call -> health(roles));
    if (meters instanceof PrometheusMeterRegistry scraped) {
      own.get("/metrics", Guard.operator(), call -> metrics(scraped));
    }
    roles.forEach(
        role -> {
          role.metrics(meters);
          role.routes(table.routesOf(role));
        });
    AtomicReference<byte[]> document = new AtomicReference<>();
    own.get(
        "/openapi.json",
        Guard.anyone(),
        call -> new Answer(200, Answer.JSON, Objects.requireNonNull(document.get()), Map.of()));
    // What it serves is known only now, and is the same until it closes.
    List<HttpRole> all = new ArrayList<>();
    all.add(itself);
    all.addAll(roles);
    OpenApi api = new OpenApi(all, table.declared());
    document.set(api.write());
    table.close(api);
    WebServer server =
        WebServer.builder()
            .host(config.host())
            .port(config.port())
            .maxPayloadSize((long) config.mostBodyBytes() * DRAIN_FACTOR)
            .maxConcurrentRequests(config.mostConcurrentRequests())
            .shutdownGracePeriod(config.shutdownGrace())
            // The program that wires the roles decides the order in which they stop.
            .shutdownHook(false)
            // Clients of the imitated API write lists as name[]=…, unescaped; routes check their
            // query themselves.
            .addProtocol(Http1Config.builder().validatePrologue(false).build())
            .directHandlers(directHandlers())
            .routing(routing)
            .build();
    // A listener that could not bind does not throw; it logs and is not running.
    if (server.start().isRunning()) {
      return new HttpListener(server);
    }
    probe(config);
    throw new IllegalStateException("the listener did not start; the log says why");
  }

  /** The port that is listened on; of use when any free one was asked for. */
  public int port() {
    return server.port();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      server.stop();
    }
  }

  /** The listener's own routes belong to no tenant, so it knows nothing of any. */
  private static final class Itself implements HttpRole {
    @Override
    public String name() {
      return "listener";
    }

    @Override
    public void routes(Routes routes) {}

    @Override
    public Health health() {
      return Health.up("listens");
    }
  }

  private static Answer health(List<? extends HttpRole> roles) {
    Map<String, Object> byRole = new LinkedHashMap<>();
    boolean up = true;
    for (HttpRole role : roles) {
      Health health = role.health();
      up &= health.up();
      byRole.put(
          role.name(), Map.of("status", health.up() ? "up" : "down", "detail", health.detail()));
    }
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("status", up ? "up" : "down");
    body.put("roles", byRole);
    return Answer.json(up ? 200 : 503, body);
  }

  private static Answer metrics(PrometheusMeterRegistry meters) {
    return Answer.text(200, "text/plain; version=0.0.4; charset=utf-8", meters.scrape());
  }

  private static void probe(ListenerConfig config) {
    InetSocketAddress address = new InetSocketAddress(config.host(), config.port());
    if (address.isUnresolved()) {
      throw new IllegalStateException(config.host() + " to listen on has no address");
    }
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(address);
    } catch (BindException e) {
      if (isOwnAddress(address)) {
        throw new PortInUse(config.host(), config.port(), e);
      }
      throw new IllegalStateException(
          config.host() + " is no address of this machine to listen on", e);
    } catch (IOException e) {
      throw new IllegalStateException("cannot listen on " + address, e);
    }
  }

  private static boolean isOwnAddress(InetSocketAddress address) {
    try {
      return address.getAddress().isAnyLocalAddress()
          || NetworkInterface.getByInetAddress(address.getAddress()) != null;
    } catch (SocketException e) {
      return true;
    }
  }

  /** Requests that fail before routing get the same kind of body as all others. */
  private static DirectHandlers directHandlers() {
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
      handlers.addHandler(type, HttpListener::direct);
    }
    return handlers.build();
  }

  private static DirectHandler.TransportResponse direct(
      DirectHandler.TransportRequest request,
      DirectHandler.EventType type,
      Status status,
      ServerResponseHeaders headers,
      @Nullable String message) {
    Answer answer =
        ErrorBodies.transport(
            request.path(),
            status.code(),
            Objects.requireNonNullElse(message, status.reasonPhrase()));
    headers.set(HeaderNames.CONTENT_TYPE, answer.contentType());
    return DirectHandler.TransportResponse.builder()
        .status(status)
        .headers(headers)
        .entity(answer.body())
        .keepAlive(false)
        .build();
  }
}
