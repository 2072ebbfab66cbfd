package io.tollgate.app.stack;

import io.tollgate.embedded.StartCache;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * One run of the whole server in a folder of its own, for what the JVM learns from it: every server
 * started from the same build takes a third to a half of the CPU to start from then on, which
 * counts most on a busy machine after a crash.
 */
public final class LearningRun {
  private static final Duration CLEAN_UP = Duration.ofSeconds(8);

  private LearningRun() {}

  /** Runs it unless this build was learned from already, or cannot be. */
  public static void ifNeeded(Consumer<String> progress) {
    StartCache cache = StartCache.of(LearningRun.class);
    if (!cache.isThere() && cache.canLearn()) {
      run(progress);
    }
  }

  /**
   * Runs it.
   *
   * @throws StackProblem when nothing can be learned, or the JVM writes nothing down
   */
  public static void run(Consumer<String> progress) {
    if (!StartCache.of(LearningRun.class).canLearn()) {
      throw new StackProblem(
          "this program does not run from jars in a folder that it may write to: nothing can be"
              + " learned");
    }
    progress.accept("running the server once, to learn what its starts need");
    long began = System.nanoTime();
    DataFolder folder;
    try {
      folder = new DataFolder(Files.createTempDirectory("tollgate-learn-"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      ServerProcess server = ServerProcess.spawn(ServerProcess.Launch.whole(folder, 0).learning());
      try {
        var unused = server.awaitReady(step -> {});
      } catch (RuntimeException e) {
        server.stop(CLEAN_UP);
        throw e;
      }
      server.stopLearned();
    } finally {
      folder.remove();
    }
    progress.accept("learned in %d s".formatted((System.nanoTime() - began) / 1_000_000_000L));
  }
}
