package io.tollgate.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a killed supervisor leaves behind: a server that still runs. {@code <folder>/pid} names it
 * and the signal that ends it; it is believed only when the process's command line names the folder
 * too.
 */
final class Leftover {
  private static final String FILE = "pid";

  private Leftover() {}

  static void record(Path folder, long pid, String stopSignal) throws IOException {
    Files.writeString(folder.resolve(FILE), pid + " " + stopSignal + "\n");
  }

  /** Ends what runs there, within the bounds of {@link Signals}. The caller owns the folder. */
  static void end(Path folder) {
    Path home = folder.toAbsolutePath().normalize();
    Path file = home.resolve(FILE);
    try {
      if (!Files.exists(file)) {
        return;
      }
      String text = Files.readString(file).strip();
      if (text.matches("[0-9]{1,18} [A-Z]{1,8}")) {
        String[] words = text.split(" ");
        long pid = Long.parseLong(words[0]);
        if (Signals.isOurs(pid, home)) {
          ProcessHandle.of(pid).ifPresent(left -> Signals.end(left, words[1], Signals.STOP_BOUND));
        }
      }
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot look for what an earlier run left in " + folder, e);
    }
  }
}
