package io.tollgate.governance.tenancy;

import io.tollgate.http.Call;
import io.tollgate.http.Refusal;
import io.tollgate.schemas.InvalidInput;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A wish to delete a tenant for good. Whoever has it types the tenant's id, in the query or in a
 * body, and says that it is to be forced where a key was used lately.
 */
record Deletion(Optional<String> confirmed, boolean forced) {
  static final String[] PARAMETERS = {"confirm", "force"};

  /** A tenant with a key that was used within this time is taken to be in use. */
  static final Duration IN_USE = Duration.ofDays(7);

  /** The body, for clients that send one. */
  record Body(@Nullable String confirm, @Nullable Boolean force) {}

  static Deletion of(Call call) {
    Optional<String> confirm = call.query().text("confirm");
    Optional<String> force = call.query().text("force");
    force.ifPresent(
        text ->
            InvalidInput.unless(
                text.equals("true") || text.equals("false"),
                "force",
                text,
                "must be true or false"));
    Body body = call.jsonIfAny(Body.class).orElseGet(() -> new Body(null, null));
    return new Deletion(
        confirm.or(() -> Optional.ofNullable(body.confirm())),
        force.map(Boolean::parseBoolean).orElse(body.force() != null && body.force()));
  }

  /**
   * Checks that the tenant is meant, and that it may go.
   *
   * @throws InvalidInput if its id was not typed
   * @throws Refusal 409 if it is in use and deletion is not forced
   */
  void check(String id, Optional<Instant> lastUse, Instant now) {
    InvalidInput.unless(
        confirmed.isPresent() && confirmed.get().equals(id),
        "confirm",
        confirmed.orElse(""),
        "must be the id of what is to be deleted for good");
    if (!forced && lastUse.isPresent() && lastUse.get().plus(IN_USE).isAfter(now)) {
      throw Refusal.conflict(
          "force",
          "false",
          "a key was used at "
              + lastUse.get()
              + ", within the last "
              + IN_USE.toDays()
              + " days; force the deletion to end it all the same");
    }
  }
}
