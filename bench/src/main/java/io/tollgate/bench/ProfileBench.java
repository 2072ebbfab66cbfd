package io.tollgate.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the CPU time of the meter topology or the whole streams role goes under load, by the flight
 * recorder's samples of the warm process.
 */
final class ProfileBench {
  private final Rig rig;
  private final BenchOptions options;

  ProfileBench(Rig rig, BenchOptions options) {
    this.rig = rig;
    this.options = options;
  }

  /** Profiles (d), or the one contender that {@code --only} names. */
  boolean run() throws IOException {
    List<Contender> wanted = options.contenders();
    Contender contender = wanted.size() == 1 ? wanted.getFirst() : Contender.OURS;
    Path recording = rig.folder().resolve("ours.jfr");
    rig.startWith(
        contender,
        List.of(
            "-XX:StartFlightRecording:filename="
                + recording
                + ",dumponexit=true,settings=profile,"
                + Profile.CPU_SAMPLE
                + "#enabled=true,"
                + Profile.CPU_SAMPLE
                + "#throttle=2ms"));
    Workload workload = Workload.usual(options, "profile");
    Section section = rig.log().publish(workload, options.events);
    Passes passes = new Passes(rig);
    List<Boolean> warmUp = new ArrayList<>();
    passes.warmUp(
        contender, section, Duration.ofSeconds(options.warmUp), pass -> warmUp.add(pass.equal()));
    boolean equal = !warmUp.contains(false);
    Instant from = Instant.now();
    for (int round = 0; round < options.rounds; round++) {
      equal &= passes.run(contender, section).equal();
    }
    Duration wall = Duration.between(from, Instant.now());
    // Its end writes the recording.
    rig.end(contender);
    Profile.read(recording, from).print(contender, wall, options.events * options.rounds);
    return equal;
  }
}
