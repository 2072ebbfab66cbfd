package io.tollgate.billing;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;

/**
 * Landing in a process of its own, for tests that kill it. Small batches, so that a kill has work
 * to hit.
 */
final class LandingProcess {
  private static final LandingLimits LIMITS =
      new LandingLimits(
          400,
          1 << 20,
          Duration.ofMillis(50),
          8 << 20,
          Duration.ofMillis(50),
          Duration.ofSeconds(1),
          Duration.ofSeconds(5));

  private LandingProcess() {}

  static Process start(Line line) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            LandingProcess.class.getName(),
            line.kafka.bootstrapServers(),
            line.clickHouse.endpoint())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(new File("target/landing-process.log")))
        .start();
  }

  public static void main(String[] args) throws InterruptedException {
    LandingConfig config =
        new LandingConfig(Line.endpoints(args[0]), Line.settings(args[1]), "landing", LIMITS);
    try (Landing landing = Landing.start(config, Line.schemaIds(), InstantSource.system())) {
      new CountDownLatch(1).await();
    }
  }
}
