package io.tollgate.governance.store;

import io.tollgate.http.Endpoint;
import io.tollgate.http.Guard;
import io.tollgate.http.Routes;

/** Routes of which every POST may carry an idempotency key. */
public final class OnceRoutes implements Routes {
  private final Routes routes;
  private final Idempotency idempotency;

  public OnceRoutes(Routes routes, Idempotency idempotency) {
    this.routes = routes;
    this.idempotency = idempotency;
  }

  @Override
  public Routes get(String path, Guard guard, Endpoint endpoint, String... queryParameters) {
    routes.get(path, guard, endpoint, queryParameters);
    return this;
  }

  @Override
  public Routes post(String path, Guard guard, Endpoint endpoint, String... queryParameters) {
    routes.post(path, guard, idempotency.once(endpoint), queryParameters);
    return this;
  }

  @Override
  public Routes put(String path, Guard guard, Endpoint endpoint, String... queryParameters) {
    routes.put(path, guard, endpoint, queryParameters);
    return this;
  }

  @Override
  public Routes patch(String path, Guard guard, Endpoint endpoint, String... queryParameters) {
    routes.patch(path, guard, endpoint, queryParameters);
    return this;
  }

  @Override
  public Routes delete(String path, Guard guard, Endpoint endpoint, String... queryParameters) {
    routes.delete(path, guard, endpoint, queryParameters);
    return this;
  }
}
