package io.tollgate.embedded;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.Server;
import kafka.server.SharedServer;
import kafka.server.StandardFaultHandlerFactory;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.controller.ControllerRequestContext;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.loader.LoaderManifest;
import org.apache.kafka.image.publisher.MetadataPublisher;
import org.apache.kafka.metadata.bootstrap.BootstrapMetadata;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.raft.QuorumConfig;
import org.apache.kafka.server.ServerSocketFactory;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * Controller and broker of the only node, as {@link KafkaRaftServer} has them, but a broker begins
 * to work only once the controller knows that the one before it is gone.
 *
 * <p>Otherwise it takes its partitions from what the log says of the time before the restart, leads
 * them until the controller notices, and has none for a moment then. What the transaction
 * coordinator has to say to a partition in that moment is dropped for good: {@code
 * KRaftMetadataCache.getPartitionLeaderEndpoint} takes a partition without a leader for deleted
 * (KAFKA-20734, in 4.1 to 4.4). So what was aborted at a restart lay open in the log, and the next
 * commit of the same producer committed it, too: events were billed twice.
 */
final class CombinedKafka {
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);
  private static final Duration ASK_AGAIN = Duration.ofMillis(20);

  private final SharedServer shared;
  private final ControllerServer controller;
  private final BrokerServer broker;
  private final int nodeId;

  CombinedKafka(KafkaConfig config) {
    Tuple2<MetaPropertiesEnsemble, BootstrapMetadata> folders =
        KafkaRaftServer.initializeLogDirs(
            config, LoggerFactory.getLogger(CombinedKafka.class), "[node] ");
    QuorumConfig quorum = config.quorumConfig();
    nodeId = config.nodeId();
    shared =
        new SharedServer(
            config,
            folders._1(),
            Time.SYSTEM,
            Server.initializeMetrics(config, Time.SYSTEM, folders._1().clusterId().orElseThrow()),
            CompletableFuture.completedFuture(QuorumConfig.parseVoterConnections(quorum.voters())),
            QuorumConfig.parseBootstrapServers(quorum.bootstrapServers()),
            new StandardFaultHandlerFactory(),
            ServerSocketFactory.INSTANCE);
    broker = new BrokerServer(shared);
    controller = new ControllerServer(shared, KafkaRaftServer.configSchema(), folders._2());
  }

  void startup() throws IOException {
    controller.startup();
    dismissPredecessor();
    broker.startup();
  }

  void shutdown() {
    broker.shutdown();
    controller.shutdown();
  }

  void awaitShutdown() {
    broker.awaitShutdown();
    controller.awaitShutdown();
  }

  /**
   * Has the controller strike off the broker before this one, and waits until the log says so, too.
   * The controller would do it by itself once that one's session is over.
   */
  private void dismissPredecessor() throws IOException {
    long deadline = System.nanoTime() + LONGEST_WAIT.toNanos();
    Registrations log = new Registrations();
    try {
      shared.loader().installPublishers(List.of(log)).get(left(deadline), TimeUnit.NANOSECONDS);
      if (log.isThereOne.get(left(deadline), TimeUnit.NANOSECONDS)) {
        while (!isStruckOff(deadline)) {
          LockSupport.parkNanos(ASK_AGAIN.toNanos());
        }
        log.gone.get(left(deadline), TimeUnit.NANOSECONDS);
      }
      shared.loader().removeAndClosePublisher(log).get(left(deadline), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the controller does not take the broker before this one for gone", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** False if the controller is not in office yet. */
  private boolean isStruckOff(long deadline)
      throws InterruptedException, ExecutionException, TimeoutException {
    ControllerRequestContext context =
        new ControllerRequestContext(
            new RequestHeaderData(), KafkaPrincipal.ANONYMOUS, OptionalLong.empty());
    try {
      controller
          .controller()
          .unregisterBroker(context, nodeId)
          .get(left(deadline), TimeUnit.NANOSECONDS);
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof NotControllerException) {
        return false;
      }
      throw e;
    }
  }

  private static long left(long deadline) throws TimeoutException {
    long left = deadline - System.nanoTime();
    if (left <= 0) {
      throw new TimeoutException();
    }
    return left;
  }

  /** What the log says of the broker of this node. */
  private final class Registrations implements MetadataPublisher {
    private final CompletableFuture<Boolean> isThereOne = new CompletableFuture<>();
    private final CompletableFuture<Void> gone = new CompletableFuture<>();

    @Override
    public String name() {
      return "predecessor";
    }

    @Override
    public void onMetadataUpdate(
        MetadataDelta delta, MetadataImage image, LoaderManifest manifest) {
      boolean registered = image.cluster().broker(nodeId) != null;
      isThereOne.complete(registered);
      if (!registered) {
        gone.complete(null);
      }
    }
  }
}
