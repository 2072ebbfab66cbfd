package io.tollgate.bench.flink;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.core.execution.JobClient;
import org.jspecify.annotations.Nullable;

/**
 * The process of contender (f): {@code FlinkMain BOOTSTRAP RATED_SCHEMA_ID STATE_FOLDER
 * CHECKPOINT_MILLIS}. Takes {@code start APPLICATION} and {@code stop} on standard input, answers
 * on standard output, ends with its input.
 */
public final class FlinkMain {
  private static final long BOUND_SECONDS = 60;

  /** Told that the job is being cancelled, which ends it with an exception as well. */
  private static final AtomicBoolean STOPPING = new AtomicBoolean();

  private FlinkMain() {}

  public static void main(String[] args) throws Exception {
    UsageJob job =
        new UsageJob(args[0], Integer.parseInt(args[1]), Path.of(args[2]), Long.parseLong(args[3]));
    JobClient running = null;
    say("ready");
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.startsWith("start ")) {
          running = job.start(line.substring("start ".length()));
          var unused =
              running.getJobExecutionResult().whenComplete((result, failure) -> ended(failure));
          say("started");
        } else {
          if (running != null) {
            STOPPING.set(true);
            running.cancel().get(BOUND_SECONDS, TimeUnit.SECONDS);
            running = null;
            STOPPING.set(false);
          }
          say("stopped");
        }
      }
    }
    System.exit(0);
  }

  /** A job that fails takes the process with it: who waits for it is to hear of it. */
  private static void ended(@Nullable Throwable failure) {
    if (failure != null && !STOPPING.get()) {
      failure.printStackTrace(System.out);
      Runtime.getRuntime().halt(1);
    }
  }

  private static void say(String line) {
    System.out.println("bench " + line);
    System.out.flush();
  }
}
