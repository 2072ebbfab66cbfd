package io.tollgate.billing;

import io.tollgate.embedded.LocalClickHouse;
import io.tollgate.schemas.Endpoints;
import java.io.File;
import java.io.IOException;
import java.net.URI;
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
            line.endpoints().registry().toString(),
            line.clickHouse.endpoint(),
            line.clickHouse.password())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(new File("target/landing-process.log")))
        .start();
  }

  public static void main(String[] args) throws InterruptedException {
    LandingConfig config =
        new LandingConfig(
            new Endpoints(args[0], URI.create(args[1])),
            new ClickHouseSettings(URI.create(args[2]), "default", LocalClickHouse.USER, args[3]),
            "landing",
            LIMITS);
    try (Landing landing = Landing.start(config, InstantSource.system())) {
      new CountDownLatch(1).await();
    }
  }
}
