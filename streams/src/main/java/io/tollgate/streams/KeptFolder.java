package io.tollgate.streams;

import java.nio.file.Path;
import java.util.Objects;
import org.apache.kafka.streams.processor.StateStoreContext;

/**
 * Where files of a task lie that hold only what is committed: beside the tasks' own folders, which
 * Kafka Streams deletes after an unclean stop.
 */
final class KeptFolder {
  private KeptFolder() {}

  /** {@code <application>/<kind>/<task>}. */
  static Path of(StateStoreContext context, String kind) {
    Path tasks = context.stateDir().toPath().toAbsolutePath().getParent();
    return Objects.requireNonNull(tasks, "the state folder of a task is in that of its application")
        .resolve(kind)
        .resolve(context.taskId().toString());
  }
}
