package io.tollgate.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.PathMatcher;
import io.helidon.http.PathMatchers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.WorkspaceId;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Puts declared routes on the server: authenticate, judge, check the query, answer, and turn
 * failures into answers.
 */
final class RouteTable {
  private static final String BEARER = "bearer ";

  /** Statuses that keep from a reader what is there. */
  private static final Set<Integer> HIDDEN = Set.of(401, 403, 404, 429);

  /** A path with this names a workspace by its parameter {@code id}. */
  private static final String OF_WORKSPACE = "/projects/{id}";

  /** Of one caller at once; then one every {@link #ONE_MORE_EVERY}. */
  private static final int REQUESTS_AT_ONCE = 1_000;

  private static final Duration ONE_MORE_EVERY = Duration.ofMillis(10);
  private static final int MOST_CALLERS = 10_000;

  private record Route(Method method, PathMatcher matcher, DeclaredRoute declared) {}

  private final HttpRouting.Builder routing;
  private final Principals principals;
  private final MeterRegistry meters;
  private final ListenerConfig config;
  private final Guesses guesses;
  private final Buckets rates;
  private final List<Route> routes = new ArrayList<>();
  private @Nullable OpenApi document;

  RouteTable(
      HttpRouting.Builder routing,
      Principals principals,
      MeterRegistry meters,
      ListenerConfig config) {
    this.routing = routing;
    this.principals = principals;
    this.meters = meters;
    this.config = config;
    InstantSource clock = InstantSource.system();
    this.guesses = new Guesses(clock);
    this.rates = new Buckets(REQUESTS_AT_ONCE, ONE_MORE_EVERY, MOST_CALLERS, clock);
  }

  /** Where a role declares its routes; whoever is refused at one of them is told to it. */
  Routes routesOf(HttpRole role) {
    return new RoleRoutes(role);
  }

  private final class RoleRoutes implements Routes {
    private final HttpRole role;

    RoleRoutes(HttpRole role) {
      this.role = role;
    }

    @Override
    public Routes get(String path, Guard guard, Endpoint endpoint, String... queryParameters) {
      return add(Method.GET, path, guard, endpoint, queryParameters);
    }

    @Override
    public Routes post(String path, Guard guard, Endpoint endpoint, String... queryParameters) {
      return add(Method.POST, path, guard, endpoint, queryParameters);
    }

    @Override
    public Routes put(String path, Guard guard, Endpoint endpoint, String... queryParameters) {
      return add(Method.PUT, path, guard, endpoint, queryParameters);
    }

    @Override
    public Routes patch(String path, Guard guard, Endpoint endpoint, String... queryParameters) {
      return add(Method.PATCH, path, guard, endpoint, queryParameters);
    }

    @Override
    public Routes delete(String path, Guard guard, Endpoint endpoint, String... queryParameters) {
      return add(Method.DELETE, path, guard, endpoint, queryParameters);
    }

    private Routes add(
        Method method, String path, Guard guard, Endpoint endpoint, String... queryParameters) {
      RouteTable.this.add(method, path, guard, endpoint, role, Set.of(queryParameters));
      return this;
    }
  }

  private void add(
      Method method,
      String path,
      Guard guard,
      Endpoint endpoint,
      HttpRole role,
      Set<String> declared) {
    PathMatcher matcher = PathMatchers.create(path);
    DeclaredRoute route =
        new DeclaredRoute(role.name(), method.text(), path, guard, List.copyOf(declared));
    routes.add(new Route(method, matcher, route));
    routing.route(
        method,
        matcher,
        (request, response) -> {
          Timer.Sample sample = Timer.start(meters);
          Origin origin =
              new Origin(
                  CallerAddress.of(request, config.trustedProxies()), method.text() + " " + path);
          Answer answer =
              ScopedValue.where(Origin.CURRENT, origin)
                  .call(() -> answer(request, route, endpoint, role));
          // Before it is sent: who has the answer may rely on its being counted.
          sample.stop(
              meters.timer(
                  "tollgate.http.requests",
                  "method",
                  method.text(),
                  "route",
                  path,
                  "status",
                  Integer.toString(answer.status())));
          send(answer, response);
        });
  }

  /** What was declared so far, in order. */
  List<DeclaredRoute> declared() {
    return routes.stream().map(Route::declared).toList();
  }

  /**
   * Answers everything that no route took. Must be called after the last route.
   *
   * @param served the document of these routes
   */
  void close(OpenApi served) {
    document = served;
    routing.any((request, response) -> send(unmatched(request), response));
  }

  private Answer answer(
      ServerRequest request, DeclaredRoute route, Endpoint endpoint, HttpRole role) {
    Guard guard = route.guard();
    Optional<String> organization =
        request.headers().first(HeaderNames.create(Guard.ORGANIZATION_HEADER));
    Caller caller = new Caller.Anyone();
    try {
      if (!(guard instanceof Guard.Anyone)) {
        caller = caller(request);
      }
      if (role.boundsRates()) {
        rates
            .take(caller.id())
            .ifPresent(
                wait -> {
                  throw Refusal.tooMany("you ask too often; at most 100 times a second", wait);
                });
      }
      Guard.Grant grant =
          guard.judge(
              caller, new Guard.Asked(organization, workspace(request, route.path()), role::has));
      QueryParameters query = QueryParameters.of(request.query().toMap(), route.query());
      Call call = new Call(request, grant, query, config.mostBodyBytes());
      Answer answer = endpoint.answer(call);
      return held(route, call.read(), call.contentType(), answer);
    } catch (RuntimeException e) {
      Answer answer = ErrorBodies.of(request.path().path(), e);
      tell(role, request, caller, organization, answer.status(), ErrorBodies.code(e));
      return held(route, new byte[0], "", answer);
    }
  }

  private Answer held(DeclaredRoute route, byte[] read, String type, Answer answer) {
    return DocumentCheck.IS_ON && document != null
        ? document.held(route, read, type, answer)
        : answer;
  }

  /** Of reads, what a caller may not see; of changes, all that were not let through. */
  private static void tell(
      HttpRole role,
      ServerRequest request,
      Caller caller,
      Optional<String> organization,
      int status,
      String code) {
    boolean isRead = request.prologue().method().equals(Method.GET);
    if (status < 500 && (!isRead || HIDDEN.contains(status))) {
      role.refused(
          new RefusedAttempt(
              caller,
              organization,
              named(request),
              Origin.CURRENT.get(),
              request.path().path(),
              status,
              code));
    }
  }

  /** As {@link #workspace}, of a request that may have been refused for it. */
  private static Optional<WorkspaceId> named(ServerRequest request) {
    try {
      return workspace(request, Origin.CURRENT.get().route());
    } catch (InvalidInput e) {
      return Optional.empty();
    }
  }

  private static Optional<WorkspaceId> workspace(ServerRequest request, String path) {
    if (!path.contains(OF_WORKSPACE)) {
      return Optional.empty();
    }
    String id = request.path().pathParameters().get("id");
    try {
      return Optional.of(new WorkspaceId(id));
    } catch (InvalidInput e) {
      throw new InvalidInput("id", id, e.rule());
    }
  }

  private Caller caller(ServerRequest request) {
    String header =
        request
            .headers()
            .first(HeaderNames.AUTHORIZATION)
            .orElseThrow(
                () -> Refusal.unauthorized("send the header Authorization: Bearer <secret>"));
    if (!header.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
      throw Refusal.unauthorized("the Authorization header must be: Bearer <secret>");
    }
    String secret = header.substring(BEARER.length()).strip();
    String address = Origin.CURRENT.get().address();
    guesses.requireRoom(address, secret);
    Optional<Caller> caller = principals.find(secret, address);
    guesses.tell(address, secret, caller.isPresent());
    return caller.orElseThrow(
        () -> Refusal.unauthorized("nobody has this secret, or it is no longer valid"));
  }

  private Answer unmatched(ServerRequest request) {
    String path = request.path().path();
    String method = request.prologue().method().text();
    String allowed =
        routes.stream()
            .filter(route -> route.matcher().match(request.prologue().uriPath()).accepted())
            .map(route -> route.method().text())
            .distinct()
            .sorted()
            .collect(Collectors.joining(", "));
    if (allowed.isEmpty()) {
      return ErrorBodies.of(path, Refusal.noSuchRoute(method, path));
    }
    Answer answer = ErrorBodies.of(path, Refusal.methodNotAllowed(method, path, allowed));
    return new Answer(
        answer.status(), answer.contentType(), answer.body(), Map.of("Allow", allowed));
  }

  private static void send(Answer answer, ServerResponse response) {
    response.status(answer.status());
    response.header(HeaderNames.CONTENT_TYPE, answer.contentType());
    answer.headers().forEach((name, value) -> response.header(HeaderNames.create(name), value));
    if (answer.stream().isEmpty()) {
      response.send(answer.body());
      return;
    }
    try (OutputStream out = response.outputStream()) {
      answer.stream().get().writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException("the answer broke off", e);
    }
  }
}
