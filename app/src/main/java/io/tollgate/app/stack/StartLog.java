package io.tollgate.app.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * How a starting server tells the command that started it how far it is: a file of lines, {@code
 * step …}, then {@code ready} or {@code failed …}. A file and not a pipe, because the server
 * outlives the command.
 */
final class StartLog {
  private static final String STEP = "step ";
  private static final String READY = "ready";
  private static final String FAILED = "failed ";

  private final Path file;

  StartLog(Path file) {
    this.file = file;
  }

  /** Begins anew. */
  void clear() {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, "");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  void delete() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + file, e);
    }
  }

  void step(String text) {
    append(STEP + oneLine(text));
  }

  void ready() {
    append(READY);
  }

  void failed(String text) {
    append(FAILED + oneLine(text));
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", " ");
  }

  private synchronized void append(String line) {
    try {
      Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /** What a line says. */
  sealed interface Line {
    record Step(String text) implements Line {}

    record Ready() implements Line {}

    record Failed(String text) implements Line {}
  }

  /** Every complete line from the {@code from}-th on. */
  List<Line> lines(int from) {
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      String complete = text.substring(0, text.lastIndexOf('\n') + 1);
      return complete.lines().skip(from).map(StartLog::parse).toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  private static Line parse(String line) {
    if (line.equals(READY)) {
      return new Line.Ready();
    }
    return line.startsWith(FAILED)
        ? new Line.Failed(line.substring(FAILED.length()))
        : new Line.Step(line.startsWith(STEP) ? line.substring(STEP.length()) : line);
  }
}
