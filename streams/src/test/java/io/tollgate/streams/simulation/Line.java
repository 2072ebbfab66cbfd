package io.tollgate.streams.simulation;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.jspecify.annotations.Nullable;

/** The running clients of both applications and who has which partition. */
final class Line {
  private final Function<Path, StreamsConfig> configs;
  private final Path folder;
  private final Function<Application, Topology> topologies;
  private final SimulatedBroker broker;
  private final SimulatedTime time;
  private final Mutant mutant;
  private final Auditor auditor;
  private int processes;
  private final List<SimulatedClient> clients = new ArrayList<>();

  Line(
      Function<Path, StreamsConfig> configs,
      Path folder,
      Function<Application, Topology> topologies,
      SimulatedBroker broker,
      SimulatedTime time,
      Mutant mutant,
      Auditor auditor) {
    this.configs = configs;
    this.folder = folder;
    this.topologies = topologies;
    this.broker = broker;
    this.time = time;
    this.mutant = mutant;
    this.auditor = auditor;
  }

  /** Starts that many instances of each application, and spreads the partitions over them. */
  void start(int instances) {
    for (Application application : Application.values()) {
      int first = clients.size();
      for (int i = 0; i < instances; i++) {
        clients.add(client(application));
      }
      for (int p = 0; p < broker.partitions(application.source()); p++) {
        clients.get(first + p % instances).open(p);
      }
    }
  }

  private SimulatedClient client(Application application) {
    Path ofProcess = folder.resolve("process-" + processes++);
    return new SimulatedClient(
        application, configs.apply(ofProcess), topologies, broker, time, mutant);
  }

  int process(int number, Dice dice, int most) {
    SimulatedClient client = clients.get(number);
    if (client.partitions().isEmpty()) {
      return 0;
    }
    return process(client, dice.any(client.partitions()), most);
  }

  private int process(SimulatedClient client, int partition, int most) {
    if (client.application() == Application.BUDGET) {
      // The topology waits for an organization that it does not know yet; here time stands still.
      client.readTable(AuditedTables.ORGANIZATIONS, Integer.MAX_VALUE);
    }
    return client.process(partition, most);
  }

  void punctuate() {
    clients.forEach(SimulatedClient::punctuate);
  }

  int readTables(int number, Dice dice) {
    SimulatedClient client = clients.get(number);
    int read = 0;
    for (String topic : client.tableTopics()) {
      if (dice.percent(50)) {
        read += client.readTable(topic, dice.percent(50) ? 1 : Integer.MAX_VALUE);
      }
    }
    return read;
  }

  void commit(int number) {
    commit(clients.get(number));
  }

  private void commit(SimulatedClient client) {
    auditor.audit(client.commit());
    if (client.application() == Application.BUDGET) {
      for (int partition : client.partitions()) {
        auditor.budgets().askLive(partition, client.task(partition), time.instant());
      }
    }
  }

  /** Everybody commits, and live usage is asked about everything. */
  void auditAtRest() {
    commitAll();
    for (SimulatedClient client : clients) {
      if (client.application() == Application.BUDGET) {
        for (int partition : client.partitions()) {
          auditor.budgets().askLiveAll(partition, client.task(partition), time.instant());
        }
      }
    }
    auditor.auditAtRest(time.instant());
  }

  private void commitAll() {
    for (int i = 0; i < clients.size(); i++) {
      commit(i);
    }
  }

  /**
   * A process is gone, and another one takes its place: on another machine, with nothing but what
   * was committed, or on the same one, with the files it left.
   */
  void crash(int number, int flushed, boolean elsewhere) {
    SimulatedClient dead = clients.get(number);
    List<Integer> partitions = dead.partitions();
    dead.die(flushed);
    SimulatedClient fresh = elsewhere ? client(dead.application()) : dead.restarted();
    clients.set(number, fresh);
    partitions.forEach(fresh::open);
  }

  /** An instance's transaction fails; it closes its tasks and opens them anew. */
  void closeDirty(int number) {
    SimulatedClient client = clients.get(number);
    List<Integer> partitions = client.partitions();
    client.closeDirty();
    partitions.forEach(client::open);
  }

  /** A rebalance: a partition goes to another instance after a commit. */
  void move(int number, Dice dice) {
    SimulatedClient from = clients.get(number);
    if (from.partitions().isEmpty()) {
      return;
    }
    commit(number);
    int partition = dice.any(from.partitions());
    from.close(partition);
    other(from).open(partition);
  }

  /**
   * An instance stalls, others take its partitions over, it goes on with what it had, and its
   * commit is refused.
   */
  void zombie(int number, Dice dice) {
    SimulatedClient stalled = clients.get(number);
    List<Integer> partitions = stalled.partitions();
    SimulatedClient other = other(stalled);
    for (int partition : partitions) {
      // Its own transaction comes first: then the partitions are new to it.
      other.open(partition);
      process(other, partition, dice.below(5));
    }
    commit(other);
    for (int partition : partitions) {
      process(stalled, partition, dice.below(5));
    }
    stalled.closeDirty();
  }

  private SimulatedClient other(SimulatedClient than) {
    for (SimulatedClient client : clients) {
      if (client != than && client.application() == than.application()) {
        return client;
      }
    }
    throw new IllegalStateException("there is only one instance of " + than.application());
  }

  /** Tables and partitions are read to their ends and committed; whether there was anything. */
  boolean catchUp() {
    boolean moved = false;
    for (int i = 0; i < clients.size(); i++) {
      SimulatedClient client = clients.get(i);
      for (String topic : client.tableTopics()) {
        client.readTable(topic, Integer.MAX_VALUE);
      }
      for (int partition : client.partitions()) {
        moved |= process(client, partition, Integer.MAX_VALUE) > 0;
      }
      commit(i);
    }
    return moved;
  }

  /** The offset that is committed for a partition of an application. */
  long committed(Application application, int partition) {
    return broker.committed(new TopicPartition(application.source(), partition));
  }

  void close() {
    for (SimulatedClient client : clients) {
      client.partitions().forEach(client::close);
    }
  }

  @Nullable SimulatedClient ownerOf(Application application, int partition) {
    for (SimulatedClient client : clients) {
      if (client.application() == application && client.partitions().contains(partition)) {
        return client;
      }
    }
    return null;
  }
}
