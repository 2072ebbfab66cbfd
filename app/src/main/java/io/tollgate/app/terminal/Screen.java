package io.tollgate.app.terminal;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Where progress is shown: on a terminal a block of lines drawn again in place, elsewhere plain
 * lines, one after the other. Lines that are to stay are printed above the block.
 */
public final class Screen {
  private static final String ESCAPE = "\u001b[";

  /** A line that the terminal wraps would be two, and the block drawn one too low. */
  private static final int WIDEST = 79;

  private final PrintWriter out;
  private final boolean terminal;
  private int drawn;

  public Screen(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** Standard error, so that standard output has results alone. */
  public static Screen standardError(PrintWriter err) {
    return new Screen(err, isTerminal(2, System.getenv()));
  }

  /**
   * Whether what is written to the file descriptor is seen on a terminal that understands escapes.
   */
  static boolean isTerminal(int descriptor, Map<String, String> environment) {
    if (environment.getOrDefault("TERM", "dumb").equals("dumb")) {
      return false;
    }
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).startsWith("/dev/pts")
          || Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
              .toString()
              .startsWith("/dev/tty");
    } catch (IOException noProcFileSystem) {
      return System.console() != null && System.console().isTerminal();
    }
  }

  public boolean isTerminal() {
    return terminal;
  }

  /** A line that stays. */
  public synchronized void line(String text) {
    erase();
    out.println(text);
    out.flush();
  }

  /** On a terminal: replaces the block. Elsewhere nothing. */
  public synchronized void draw(List<String> block) {
    if (!terminal) {
      return;
    }
    erase();
    for (String text : block) {
      out.println(text.length() > WIDEST ? text.substring(0, WIDEST) : text);
    }
    drawn = block.size();
    out.flush();
  }

  /** Takes the block away. */
  public synchronized void clear() {
    erase();
    out.flush();
  }

  private void erase() {
    if (drawn > 0) {
      out.print(ESCAPE + drawn + "A" + ESCAPE + "0J");
      drawn = 0;
    }
  }
}
