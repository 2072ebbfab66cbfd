package io.tollgate.embedded;

import java.nio.file.Path;

/**
 * Where one service lives: the folder it alone owns, the file its output is appended to, and
 * whether it ends when the process that started it is gone, however that ended.
 */
public record Placement(Path folder, Path log, boolean endsWithSupervisor) {
  public Placement {
    folder = folder.toAbsolutePath().normalize();
    log = log.toAbsolutePath().normalize();
  }

  /** {@code <data>/<name>} and {@code <data>/logs/<name>.log}; ends with its supervisor. */
  public static Placement in(Path data, String name) {
    return new Placement(data.resolve(name), data.resolve("logs").resolve(name + ".log"), true);
  }

  /** The same place for a service that outlives the process that started it. */
  public Placement detached() {
    return new Placement(folder, log, false);
  }
}
