package io.tollgate.embedded;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Properties;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/** The broker's process: {@code KafkaServer FOLDER PORT CONTROLLER_PORT}. */
final class KafkaServer {
  static final int MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
  private static final int NODE_ID = 1;
  private static final String CONTROLLER_LISTENER = "CONTROLLER";

  private KafkaServer() {}

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    Path logs = folder.resolve("data");
    Files.createDirectories(logs);
    if (!Files.exists(logs.resolve("meta.properties"))) {
      format(logs);
    }
    Properties properties = properties(logs, Integer.parseInt(args[1]), Integer.parseInt(args[2]));
    CombinedKafka server = new CombinedKafka(KafkaConfig.fromProps(properties, false));
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown, "stop-broker"));
    server.startup();
    announceReady(folder);
    server.awaitShutdown();
  }

  /**
   * Written when start-up is over, with the pid inside, so that an earlier process's file is not
   * believed.
   */
  static Path readyFile(Path folder) {
    return folder.resolve("ready");
  }

  private static void announceReady(Path folder) throws IOException {
    Path partial = folder.resolve("ready.part");
    Files.writeString(partial, Long.toString(ProcessHandle.current().pid()));
    Files.move(partial, readyFile(folder), StandardCopyOption.ATOMIC_MOVE);
  }

  private static void format(Path logs) throws Exception {
    new Formatter()
        .setPrintStream(new PrintStream(System.out, true))
        .setNodeId(NODE_ID)
        .setClusterId(Uuid.randomUuid().toString())
        .setReleaseVersion(MetadataVersion.latestProduction())
        .setControllerListenerName(CONTROLLER_LISTENER)
        .setMetadataLogDirectory(logs.toString())
        .addDirectory(logs.toString())
        .run();
  }

  static Properties properties(Path logs, int port, int controllerPort) {
    Properties properties = new Properties();
    properties.put("process.roles", "broker,controller");
    properties.put("node.id", Integer.toString(NODE_ID));
    properties.put("log.dirs", logs.toString());
    properties.put("controller.listener.names", CONTROLLER_LISTENER);
    properties.put("controller.quorum.voters", NODE_ID + "@127.0.0.1:" + controllerPort);
    properties.put(
        "listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
    properties.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
    properties.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    properties.put("inter.broker.listener.name", "PLAINTEXT");
    properties.put("auto.create.topics.enable", "false");
    properties.put("message.max.bytes", Integer.toString(MAX_MESSAGE_BYTES));

    // One broker holds every replica there is.
    properties.put("offsets.topic.replication.factor", "1");
    properties.put("offsets.topic.num.partitions", "4");
    // A stack that was down for weeks goes on where it stopped: longer than any usage topic is
    // kept.
    properties.put("offsets.retention.minutes", Integer.toString(60 * 24 * 60));
    properties.put("transaction.state.log.replication.factor", "1");
    properties.put("transaction.state.log.min.isr", "1");
    properties.put("transaction.state.log.num.partitions", "4");
    properties.put("share.coordinator.state.topic.replication.factor", "1");
    properties.put("share.coordinator.state.topic.min.isr", "1");
    properties.put("share.coordinator.state.topic.num.partitions", "1");
    properties.put("default.replication.factor", "1");

    // A broker that is merely slow must not lose its partitions: there is no other to have them,
    // and CombinedKafka says what a partition without a leader costs. It also tells the controller
    // of a restart, so that nobody waits for a session to end.
    properties.put("broker.session.timeout.ms", "120000");
    properties.put("broker.heartbeat.interval.ms", "500");
    // A killed producer's transaction blocks readers of committed records until this looks at it.
    properties.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000");
    properties.put("group.initial.rebalance.delay.ms", "0");
    properties.put("controlled.shutdown.enable", "false");

    // Sized for one machine: 128 MiB of cleaner buffer is the default.
    properties.put("log.cleaner.dedupe.buffer.size", "8388608");
    properties.put("log.cleaner.io.buffer.size", "65536");
    properties.put("num.network.threads", "2");
    properties.put("num.io.threads", "4");
    properties.put("background.threads", "2");
    return properties;
  }
}
