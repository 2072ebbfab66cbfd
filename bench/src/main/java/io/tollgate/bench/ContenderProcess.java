package io.tollgate.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The JVM of one contender, so that its CPU time is its own and its code stays warm from pass to
 * pass. What it prints besides its answers goes to its log. It ends with its standard input, hence
 * with this process.
 */
final class ContenderProcess implements AutoCloseable {
  static final String PREFIX = "bench ";
  private static final Duration BOUND = Duration.ofSeconds(90);

  /** One that is learned from writes that down before it is gone. */
  private static final Duration END = Duration.ofSeconds(120);

  private final Contender contender;
  private final Process process;
  private final Writer commands;
  private final Path log;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

  private ContenderProcess(Contender contender, Process process, Path log) {
    this.contender = contender;
    this.process = process;
    this.commands = process.outputWriter(StandardCharsets.UTF_8);
    this.log = log;
    Thread.ofPlatform().daemon().name("answers-" + contender.letter()).start(this::read);
  }

  /** Starts it and waits until it takes commands. */
  static ContenderProcess start(Contender contender, List<String> command, Path log)
      throws IOException {
    ContenderProcess started =
        new ContenderProcess(
            contender, new ProcessBuilder(command).redirectErrorStream(true).start(), log);
    started.expect("ready");
    return started;
  }

  private void read() {
    try (BufferedReader out =
            new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        Writer to = Files.newBufferedWriter(log)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.startsWith(PREFIX)) {
          answers.add(line.substring(PREFIX.length()));
        } else {
          to.append(line).append('\n').flush();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Contender contender() {
    return contender;
  }

  /** Begins a pass and returns when the job says that it has started. */
  void start(String application) {
    tell("start " + application);
    expect("started");
  }

  /** What it holds now. */
  Gauge gauge() {
    tell("gauge");
    return Gauge.fromLine(expect("gauged ").substring("gauged ".length()));
  }

  /** What the last pass left on disk when it had ended. */
  Gauge left() {
    tell("left");
    return Gauge.fromLine(expect("left ").substring("left ".length()));
  }

  /** Ends the pass; gives the sums that the job itself tells, if it does. */
  Optional<Sums> stop() {
    tell("stop");
    String[] words = expect("stopped").split(" ", -1);
    return words.length < 5
        ? Optional.empty()
        : Optional.of(
            new Sums(
                Long.parseLong(words[1]),
                Long.parseLong(words[2]),
                Long.parseLong(words[3]),
                Integer.parseInt(words[4])));
  }

  private void tell(String command) {
    try {
      commands.write(command + "\n");
      commands.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(failure("has gone"), e);
    }
  }

  private String expect(String word) {
    long deadline = System.nanoTime() + BOUND.toNanos();
    while (true) {
      String answer;
      try {
        answer = answers.poll(100, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while waiting for " + contender.label(), e);
      }
      if (answer != null && answer.startsWith(word)) {
        return answer;
      }
      if (answer != null || !process.isAlive() || System.nanoTime() > deadline) {
        throw new IllegalStateException(
            failure(answer == null ? "did not answer '" + word + "'" : "answered " + answer));
      }
    }
  }

  /** What went wrong with the end of the log, for people. */
  String failure(String what) {
    try {
      List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
      return "%s %s; the end of its log:%n%s"
          .formatted(
              contender.label(),
              what,
              String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size())));
    } catch (IOException e) {
      return contender.label() + " " + what + "; its log cannot be read: " + e;
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** CPU time of all its threads since it began, compiler and collector included. */
  long cpuNanos() {
    return process.toHandle().info().totalCpuDuration().map(Duration::toNanos).orElse(0L);
  }

  long pid() {
    return process.pid();
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly();
    await();
  }

  private void await() {
    try {
      if (!process.waitFor(END.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      try {
        commands.close();
      } catch (IOException e) {
        process.destroyForcibly();
      }
      await();
    }
  }
}
