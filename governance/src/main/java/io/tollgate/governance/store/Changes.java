package io.tollgate.governance.store;

import io.tollgate.http.Caller;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/** Makes changes: one transaction each, and what follows a commit. */
public final class Changes {
  private final Database database;
  private final InstantSource clock;
  private final OwnPrincipals principals;
  private final Runnable committed;

  /**
   * @param committed called after each commit, to wake the relay; must be quick and not throw
   */
  public Changes(
      Database database, InstantSource clock, OwnPrincipals principals, Runnable committed) {
    this.database = database;
    this.clock = clock;
    this.principals = principals;
    this.committed = committed;
  }

  /** Makes a change and gives its result once it is committed. */
  public <T> T make(Caller caller, Function<Change, T> work) {
    record Made<T>(T result, Change change) {}
    Made<T> made =
        database.write(
            handle -> {
              Change change =
                  new Change(handle, clock.instant().truncatedTo(ChronoUnit.MILLIS), caller);
              Idempotency.claim(handle, change.now());
              T result = work.apply(change);
              change.writeAudit();
              return new Made<>(result, change);
            });
    Idempotency.committed();
    made.change().principals().forEach(principals::add);
    committed.run();
    return made.result();
  }

  /** As {@link #make}, without a result. */
  public void makeOnly(Caller caller, Consumer<Change> work) {
    make(
        caller,
        change -> {
          work.accept(change);
          return Boolean.TRUE;
        });
  }

  public <T> T read(Function<Handle, T> work) {
    return database.read(work);
  }
}
