package io.tollgate.bench;

import io.tollgate.embedded.LocalClickHouse;
import io.tollgate.embedded.LocalService;
import io.tollgate.embedded.LocalStack;
import io.tollgate.embedded.Part;
import io.tollgate.embedded.StartCache;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.TopicCreation;
import io.tollgate.schemas.TopicSizing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What all parts of a run share: a broker and registry of their own, and the contenders' JVMs. */
final class Rig implements AutoCloseable {
  private static final int HEAP_MIB = 1536;

  private final Path folder;
  private final LocalStack stack;
  private final Endpoints endpoints;
  private final SchemaIds ids;
  private final UsageLog log;
  private final StartCache cache = StartCache.of(ContenderMain.class);
  private final Map<Contender, ContenderProcess> processes = new EnumMap<>(Contender.class);

  private Rig(Path folder, LocalStack stack) {
    this.folder = folder;
    this.stack = stack;
    this.endpoints = new Endpoints(stack.kafka().bootstrapServers(), stack.registry().url());
    this.ids = RegistryClient.at(endpoints.registry());
    this.log = new UsageLog(endpoints.bootstrapServers(), ids);
  }

  /** Starts Kafka and the registry, ClickHouse where wanted, and creates the topics. */
  static Rig start(boolean withClickHouse) throws IOException {
    Path folder = Files.createTempDirectory("tollgate-bench");
    LocalStack.Builder services = LocalStack.in(folder.resolve("data"));
    LocalStack stack =
        (withClickHouse ? services : services.only(Part.KAFKA, Part.REGISTRY)).start();
    Rig rig = new Rig(folder, stack);
    TopicCreation.createMissing(rig.log.admin(), TopicSizing.local());
    rig.log.createBenchTopics(TopicSizing.local().usagePartitions());
    return rig;
  }

  Endpoints endpoints() {
    return endpoints;
  }

  SchemaIds ids() {
    return ids;
  }

  UsageLog log() {
    return log;
  }

  Path folder() {
    return folder;
  }

  /** CPU time of the broker. */
  long brokerCpuNanos() {
    return ProcessHandle.of(stack.kafka().pid())
        .flatMap(broker -> broker.info().totalCpuDuration())
        .orElseThrow()
        .toNanos();
  }

  /** The contender's JVM, started at its first use. */
  ContenderProcess process(Contender contender) throws IOException {
    ContenderProcess running = processes.get(contender);
    if (running != null && running.isAlive()) {
      return running;
    }
    return startWith(contender, List.of());
  }

  /** Starts the contender's JVM with further options. */
  ContenderProcess startWith(Contender contender, List<String> options) throws IOException {
    ContenderProcess started =
        ContenderProcess.start(
            contender, command(contender, options), folder.resolve(contender.letter() + ".log"));
    processes.put(contender, started);
    return started;
  }

  /**
   * Starts the contender's JVM for a pass to be learned from, unless that was done before; {@link
   * #keepLearned} ends it. The role is killed and has to be back soon, as servers that were
   * prepared are; the others are started once.
   */
  boolean startLearning(Contender contender) throws IOException {
    if (contender != Contender.WHOLE_ROLE || cache.isThere() || !cache.canLearn()) {
      return false;
    }
    startWith(contender, cache.learning());
    return true;
  }

  /** Ends the contender's JVM and starts it with what it learned from then on. */
  void keepLearned(Contender contender) {
    end(contender);
    if (!cache.keep()) {
      throw new IllegalStateException("the JVM did not write down what it learned");
    }
  }

  /** Ends the contender's JVM in an orderly way. */
  void end(Contender contender) {
    ContenderProcess running = processes.remove(contender);
    if (running != null) {
      running.close();
    }
  }

  /**
   * The collector that the product's server process runs with, the heap at its full size from the
   * start: a young generation that has to grow first is copied more often.
   */
  static List<String> heap(int mib) {
    return List.of("-Xms" + mib + "m", "-Xmx" + mib + "m", "-XX:+UseSerialGC");
  }

  private List<String> command(Contender contender, List<String> options) throws IOException {
    Path state = Files.createDirectories(folder.resolve("state-" + contender.letter()));
    if (contender == Contender.FLINK) {
      return FlinkProcess.command(endpoints, ids, HEAP_MIB, state);
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(heap(HEAP_MIB));
    if (contender == Contender.WHOLE_ROLE) {
      command.addAll(cache.using());
    }
    command.addAll(options);
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            cache.classPath(),
            ContenderMain.class.getName(),
            contender.letter(),
            endpoints.bootstrapServers(),
            endpoints.registry().toString(),
            state.toString()));
    return command;
  }

  @Override
  public void close() throws IOException {
    processes.values().forEach(ContenderProcess::close);
    log.close();
    stack.close();
    Folders.delete(folder);
  }

  List<LocalService> services() {
    return stack.services();
  }

  LocalClickHouse clickHouse() {
    return stack.clickHouse();
  }
}
