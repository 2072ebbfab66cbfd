package io.tollgate.bench;

import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.SchemaIds;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The process of one contender: {@code ContenderMain LETTER BOOTSTRAP REGISTRY STATE_FOLDER}. Takes
 * {@code start APPLICATION}, {@code gauge}, {@code stop} and {@code left} on standard input,
 * answers on standard output, ends with its input.
 */
final class ContenderMain {
  private ContenderMain() {}

  public static void main(String[] args) throws Exception {
    Contender contender = Contender.of(args[0]).orElseThrow();
    Endpoints endpoints = new Endpoints(args[1], URI.create(args[2]));
    Job job = job(contender, endpoints, RegistryClient.at(endpoints.registry()), Path.of(args[3]));
    say("ready");
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.startsWith("start ")) {
          job.start(line.substring("start ".length()));
          say("started");
        } else if (line.equals("gauge")) {
          say("gauged " + Gauge.take(Path.of(args[3])).toLine());
        } else if (line.equals("left")) {
          say("left " + new Gauge(0, job.left()).toLine());
        } else {
          say(
              job.stop()
                  .map(
                      sums ->
                          "stopped %d %d %d %d"
                              .formatted(sums.events(), sums.units(), sums.picos(), sums.keys()))
                  .orElse("stopped"));
        }
      }
    }
    System.exit(0);
  }

  private static Job job(Contender contender, Endpoints endpoints, SchemaIds ids, Path state) {
    return switch (contender) {
      case RAW -> new RawSum(endpoints.bootstrapServers(), ids);
      case AGGREGATION -> new OursJob(endpoints, ids, state, OursJob.Part.AGGREGATION);
      case DSL_AGGREGATE -> new DslJob(new DslAggregate(ids), endpoints, state);
      case OURS -> new OursJob(endpoints, ids, state, OursJob.Part.METER);
      case WHOLE_ROLE -> new OursJob(endpoints, ids, state, OursJob.Part.ROLE);
      case STORE_PER_EVENT -> new DslJob(new StorePerEvent(endpoints, ids), endpoints, state);
      case FLINK -> throw new IllegalArgumentException("Flink's job has a main of its own");
    };
  }

  private static void say(String line) {
    System.out.println(ContenderProcess.PREFIX + line);
    System.out.flush();
  }
}
