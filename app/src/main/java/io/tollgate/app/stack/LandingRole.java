package io.tollgate.app.stack;

import io.tollgate.billing.Landing;
import io.tollgate.billing.LandingStatus;
import io.tollgate.http.Health;
import io.tollgate.http.HttpRole;
import io.tollgate.http.Routes;

/** Landing as {@code /health} shows it; it has no routes. */
record LandingRole(Landing rated, Landing rejected) implements HttpRole {
  @Override
  public String name() {
    return "landing";
  }

  @Override
  public void routes(Routes routes) {}

  /** The first that is not well, or how rated usage lands. */
  @Override
  public Health health() {
    Health ofRated = health("", rated.status());
    Health ofRejected = health("rejected usage: ", rejected.status());
    return ofRated.up() ? (ofRejected.up() ? ofRated : ofRejected) : ofRated;
  }

  private static Health health(String what, LandingStatus status) {
    String error = status.lastError().map(text -> "; last error: " + text).orElse("");
    return switch (status.state()) {
      case RUNNING ->
          Health.up(status.partitions().size() + " partitions, lag " + lag(status) + error);
      case RETRYING -> Health.down(what + "tries again" + error);
      case HALTED -> Health.down(what + "has halted, an operator has to look" + error);
      case CLOSED -> Health.down(what + "is closed");
    };
  }

  private static long lag(LandingStatus status) {
    return status.partitions().stream().mapToLong(LandingStatus.Partition::lag).sum();
  }
}
