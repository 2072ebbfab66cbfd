package io.tollgate.embedded;

import java.nio.file.Path;

/**
 * Another live process owns the folder. The caller may stop that process, or choose another folder.
 */
public final class FolderInUseException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long pid;

  FolderInUseException(Path folder, long pid) {
    super(
        "The folder %s is in use by the process %s; stop it, or choose another folder"
            .formatted(folder, pid == FolderLock.UNKNOWN_PID ? "(unknown)" : pid));
    this.pid = pid;
  }

  /** The owner's process id, or -1 when it could not be read. */
  public long pid() {
    return pid;
  }
}
