package io.tollgate.app.stack;

import io.tollgate.billing.Landing;
import io.tollgate.billing.LandingStatus;
import io.tollgate.http.Health;
import io.tollgate.http.HttpRole;
import io.tollgate.http.Routes;

/** Landing as {@code /health} shows it; it has no routes. */
record LandingRole(Landing landing) implements HttpRole {
  @Override
  public String name() {
    return "landing";
  }

  @Override
  public void routes(Routes routes) {}

  @Override
  public Health health() {
    LandingStatus status = landing.status();
    String error = status.lastError().map(text -> "; last error: " + text).orElse("");
    return switch (status.state()) {
      case RUNNING ->
          Health.up(status.partitions().size() + " partitions, lag " + lag(status) + error);
      case RETRYING -> Health.down("tries again" + error);
      case HALTED -> Health.down("has halted, an operator has to look" + error);
      case CLOSED -> Health.down("is closed");
    };
  }

  private static long lag(LandingStatus status) {
    return status.partitions().stream().mapToLong(LandingStatus.Partition::lag).sum();
  }
}
