package io.tollgate.embedded;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One Kafka broker that is its own controller (KRaft), with everything transactions and Kafka
 * Streams need.
 */
public final class LocalKafka extends LocalService {
  static final String NAME = "kafka";
  private static final int PROBE_MILLIS = 2_000;
  private static final short API_VERSIONS = 18;
  private static final int PROBE_CORRELATION = 0x70;

  private final Config config;

  /**
   * @param port of the listener clients use; 0 for a free one
   * @param controllerPort 0 for a free one
   * @param heapMib the JVM's -Xmx; the process takes some 150 MiB more
   * @param quickStart spends a third less on the start and has less throughput ever after, which
   *     suits tests
   */
  public record Config(
      Placement placement, int port, int controllerPort, int heapMib, boolean quickStart) {
    public Config {
      if (heapMib < 128) {
        throw new IllegalArgumentException("heapMib must be at least 128, not " + heapMib);
      }
    }

    /** Free ports, 384 MiB of heap, in {@code <data>/kafka}. */
    public static Config in(Path data) {
      return new Config(Placement.in(data, NAME), 0, 0, 384, false);
    }
  }

  private LocalKafka(ServiceProcess process, Config config) {
    super(process);
    this.config = config;
  }

  /** Starts a broker and returns when clients can use it. */
  public static LocalKafka start(Config wanted) {
    FreePorts ports = FreePorts.OF_THIS_PROCESS;
    Config config =
        new Config(
            wanted.placement(),
            ports.resolve(wanted.port()),
            ports.resolve(wanted.controllerPort()),
            wanted.heapMib(),
            wanted.quickStart());
    List<String> options = new ArrayList<>(List.of("-XX:MaxDirectMemorySize=128m"));
    if (config.quickStart()) {
      options.add("-XX:TieredStopAtLevel=1");
    }
    List<String> command =
        ChildJvm.main(
            config.heapMib(),
            options,
            KafkaServer.class,
            List.of(
                config.placement().folder().toString(),
                Integer.toString(config.port()),
                Integer.toString(config.controllerPort())));
    ServiceProcess process =
        ServiceProcess.claim(
            new ServiceProcess.Launch(NAME, config.placement(), command, Map.of(), "TERM"));
    LocalKafka kafka = new LocalKafka(process, config);
    kafka.startOrRelease();
    return kafka;
  }

  /** With the ports that were chosen. */
  public Config config() {
    return config;
  }

  /** For {@code bootstrap.servers}. */
  public String bootstrapServers() {
    return "127.0.0.1:" + config.port();
  }

  /** The broker has said that it finished starting, and answers a request for its API versions. */
  @Override
  public boolean isHealthy() {
    return isAlive() && hasFinishedStarting() && answers();
  }

  private boolean hasFinishedStarting() {
    Path ready = KafkaServer.readyFile(config.placement().folder());
    try {
      return Files.exists(ready) && Files.readString(ready).equals(Long.toString(pid()));
    } catch (IOException beingReplaced) {
      return false;
    }
  }

  // A whole admin client would take longer to build than the broker to answer these few bytes
  // (https://kafka.apache.org/protocol: ApiVersions, version 0, request header version 1).
  private boolean answers() {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(PROBE_MILLIS);
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), config.port()), PROBE_MILLIS);
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      out.writeInt(10);
      out.writeShort(API_VERSIONS);
      out.writeShort(0);
      out.writeInt(PROBE_CORRELATION);
      out.writeShort(-1);
      out.flush();
      DataInputStream in = new DataInputStream(socket.getInputStream());
      return in.readInt() > 0 && in.readInt() == PROBE_CORRELATION && in.readShort() == 0;
    } catch (IOException notYet) {
      return false;
    }
  }

  /** Runs a broker by hand: {@code LocalKafka DATA_FOLDER [PORT]}, until Ctrl-C. */
  public static void main(String[] args) {
    ByHand.run(
        args,
        (data, port) -> {
          LocalKafka kafka =
              start(
                  new Config(Placement.in(data, NAME), port, 0, Config.in(data).heapMib(), false));
          return new ByHand.Running("Kafka on " + kafka.bootstrapServers(), kafka);
        });
  }
}
