package io.tollgate.streams.simulation;

import io.tollgate.schemas.LocalSchemaIds;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.UsageEvent;
import io.tollgate.streams.LineUnderTest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;
import org.apache.kafka.streams.StreamsConfig;

/**
 * One seed's run: a world, gateways, two instances of each application, chance, and the auditor
 * after every step.
 */
final class Simulation {
  /** Records appended by gateways in one run. */
  static final int EVENTS = 520;

  private static final int INSTANCES = 2;
  private static final int TALLY_PARTITIONS = 2;
  private static final Instant FIRST_START = Instant.parse("2025-02-01T00:00:00Z");
  private static final int STARTS_WITHIN_DAYS = 500;

  /** In one of so many seeds there is hardly a place for what has no price. */
  private static final int SEEDS_PER_FEW_PLACES = 4;

  private static final int FEW_PLACES = 3;
  private static final int MANY_PLACES = 1_000;

  /** More rounds at rest than any wait takes. */
  private static final int MOST_ROUNDS_AT_REST = 200;

  private final Dice dice;
  private final SimulatedTime time;
  private final SimulatedBroker broker = new SimulatedBroker();
  private final LocalSchemaIds ids = new LocalSchemaIds();
  private final World world;
  private final Prices prices;
  private final Budgets budgets;
  private final Limits limits;
  private final Wallets wallets;
  private final Workload workload;
  private final Line line;
  private final Auditor auditor;
  private final Consumer<String> trace;
  private final Map<EventKind, Integer> occurred = new EnumMap<>(EventKind.class);
  private final LineUnderTest.Disks disks;
  private int step;

  /**
   * What came of a run.
   *
   * @param digest of every record of every topic
   */
  record Result(String digest, Map<EventKind, Integer> occurred, int events, int steps) {}

  /**
   * @param trace is told every step
   */
  Simulation(long seed, Mutant mutant, Path folder, Consumer<String> trace) {
    this.dice = new Dice(seed);
    this.disks = new LineUnderTest.Disks(mutant.takesFilesEarly());
    this.trace = trace;
    this.time =
        new SimulatedTime(
            FIRST_START.plus(Duration.ofSeconds(dice.between(0, STARTS_WITHIN_DAYS * 86_400L))));
    broker.create(Topics.USAGE_EVENTS.name(), 2 + dice.below(2));
    broker.create(Topics.USAGE_DELTAS.name(), TALLY_PARTITIONS);
    broker.create(Topics.BUDGET_ALERTS.name(), TALLY_PARTITIONS);
    this.world = new World(broker, time, ids, dice);
    this.prices = new Prices(world, time, dice);
    this.budgets = new Budgets(world, dice);
    this.limits = new Limits(world, dice);
    this.wallets = new Wallets(world, time, dice);
    this.workload = new Workload(broker, time, world, prices, dice);
    int places = seed % SEEDS_PER_FEW_PLACES == 1 ? FEW_PLACES : MANY_PLACES;
    this.auditor =
        new Auditor(
            broker,
            Arrays.copyOf(
                world.encode(
                    Topics.USAGE_EVENTS,
                    UsageEvent.newBuilder()
                        .setSource("")
                        .setId("")
                        .setEventTime(Instant.EPOCH)
                        .setOrganizationId("")
                        .setWorkspaceId("")
                        .setApiKeyId("")
                        .setProvider("")
                        .setModel("")
                        .setUnits(Map.of())
                        .build()),
                5),
            places);
    this.line =
        new Line(
            Simulation::config,
            folder,
            application ->
                application.topology(
                    ids,
                    disks,
                    broker.partitions(Application.METER.source()),
                    broker.partitions(Application.BUDGET.source()),
                    places),
            broker,
            time,
            mutant,
            auditor);
  }

  private static StreamsConfig config(Path folder) {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "simulation");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "nowhere:1");
    config.put(StreamsConfig.STATE_DIR_CONFIG, folder.toString());
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    config.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
    return new StreamsConfig(config);
  }

  /**
   * Runs to the end.
   *
   * @throws InvariantBroken with the step as soon as the auditor finds something wrong
   */
  Result run() {
    line.start(INSTANCES);
    while (workload.appended() < EVENTS) {
      step++;
      int chance = dice.below(100);
      if (chance < 25) {
        append();
      } else if (chance < 37) {
        govern();
      } else if (chance < 65) {
        process();
      } else if (chance < 74) {
        advance();
      } else if (chance < 83) {
        readTables();
      } else if (chance < 95) {
        commit(dice.below(2 * INSTANCES));
      } else {
        disturb();
      }
    }
    rest();
    line.close();
    occurred.put(EventKind.PARKING_FULL, auditor.refusedParking());
    return new Result(broker.digest(), occurred, workload.appended(), step);
  }

  int step() {
    return step;
  }

  private void append() {
    int count = 1 + dice.below(7);
    List<EventKind> kinds = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      EventKind kind = kind();
      if (workload.append(kind)) {
        kinds.add(kind);
        count(kind);
      }
    }
    say("append %s", kinds);
  }

  private EventKind kind() {
    return switch (dice.below(58)) {
      case 0, 1, 2, 3, 4, 5 -> EventKind.DUPLICATE;
      case 6, 7, 8 -> EventKind.CONFLICT;
      case 9, 10, 11 -> EventKind.OUT_OF_ORDER;
      case 12 -> EventKind.LATE;
      case 13 -> EventKind.AHEAD_OF_CLOCK;
      case 14 -> EventKind.FUTURE;
      case 15 -> EventKind.MALFORMED;
      case 16 -> EventKind.INVALID;
      case 17, 18 -> EventKind.MISPLACED;
      case 19 -> EventKind.MISPLACED_TWICE;
      case 20, 21, 22 -> EventKind.WAITING_TENANT;
      case 23 -> EventKind.UNKNOWN_TENANT;
      case 24 -> EventKind.FOREIGN_TENANT;
      case 25 -> EventKind.EXPIRED_KEY;
      case 26, 27, 28 -> EventKind.UNRATED;
      case 29, 30 -> EventKind.LONG_CONTEXT;
      case 31, 32 -> EventKind.BATCH;
      case 33, 34 -> EventKind.OTHER_NAME;
      case 35 -> EventKind.BACKFILLED;
      case 36, 37, 38 -> EventKind.VOID;
      case 39, 40, 41, 42 -> EventKind.AMENDMENT;
      case 43 -> EventKind.VOID_AHEAD;
      case 44 -> EventKind.AMENDMENT_AHEAD;
      case 45 -> EventKind.OUTDATED_CORRECTION;
      case 46 -> EventKind.ORPHANED_CORRECTION;
      default -> EventKind.USAGE;
    };
  }

  private void govern() {
    EventKind kind =
        switch (dice.below(17)) {
          case 0 -> EventKind.PRICE_CHANGE;
          case 1 -> EventKind.NEW_PRICE;
          case 2 -> EventKind.TENANT_PUBLISHED;
          case 3 -> EventKind.BUDGET_ADDED;
          case 4 -> EventKind.BUDGET_DELETED;
          case 5, 6 -> EventKind.BUDGET_EDITED;
          case 7 -> EventKind.WRITE_OFF;
          case 8, 9 -> EventKind.LIMIT_SET;
          case 10 -> EventKind.LIMIT_DELETED;
          case 11 -> EventKind.WALLET_OPENED;
          case 12 -> EventKind.WALLET_EDITED;
          case 13, 14 -> EventKind.CREDIT;
          case 15 -> EventKind.CREDIT_CORRECTED;
          default -> EventKind.ZONE_CHANGED;
        };
    if (govern(kind)) {
      count(kind);
      say("govern %s", kind);
    }
  }

  /** Has governance publish something; false where that cannot be done now. */
  private boolean govern(EventKind kind) {
    switch (kind) {
      case PRICE_CHANGE -> prices.change();
      case NEW_PRICE -> {
        return prices.priceNewModel();
      }
      case TENANT_PUBLISHED -> {
        return world.publishComing(dice);
      }
      case BUDGET_ADDED -> budgets.add();
      case BUDGET_DELETED -> {
        return budgets.delete();
      }
      case BUDGET_EDITED -> budgets.edit();
      case WRITE_OFF -> {
        return prices.writeOff();
      }
      case LIMIT_SET -> limits.set();
      case LIMIT_DELETED -> {
        return limits.delete();
      }
      case WALLET_OPENED -> {
        return wallets.open();
      }
      case WALLET_EDITED -> {
        return wallets.edit();
      }
      case CREDIT -> {
        return wallets.credit();
      }
      case CREDIT_CORRECTED -> {
        return wallets.correct();
      }
      case ZONE_CHANGED -> world.changeZone(dice);
      default -> throw new IllegalArgumentException(kind + " is nothing that governance does");
    }
    return true;
  }

  private void process() {
    int client = dice.below(2 * INSTANCES);
    int processed = line.process(client, dice, 1 + dice.below(20));
    say("client %d processes %d", client, processed);
  }

  private void advance() {
    int kind = dice.below(100);
    long millis =
        kind < 60
            ? dice.between(10, 2_000)
            : kind < 90
                ? dice.between(2_000, 60_000)
                : kind < 99 ? dice.between(60_000, 3_600_000) : dice.between(1, 3) * 86_400_000;
    time.advance(millis);
    line.punctuate();
    say("%d ms pass, it is %s", millis, time.instant());
  }

  private void readTables() {
    int client = dice.below(2 * INSTANCES);
    int read = line.readTables(client, dice);
    count(EventKind.TABLES_LAG);
    say("client %d reads %d records of its tables", client, read);
  }

  private void commit(int client) {
    line.commit(client);
    count(EventKind.COMMIT);
    say("client %d commits", client);
  }

  private void disturb() {
    int client = dice.below(2 * INSTANCES);
    switch (dice.below(4)) {
      case 0 -> {
        boolean elsewhere = dice.percent(50);
        say("client %d crashes, and is started %s", client, elsewhere ? "elsewhere" : "again");
        line.crash(client, dice.below(3), elsewhere);
        count(EventKind.CRASH);
      }
      case 1 -> {
        say("client %d closes dirty", client);
        line.closeDirty(client);
        count(EventKind.DIRTY_CLOSE);
      }
      case 2 -> {
        say("client %d gives a partition up", client);
        line.move(client, dice);
        count(EventKind.MOVE);
      }
      default -> {
        say("client %d becomes a zombie", client);
        line.zombie(client, dice);
        count(EventKind.ZOMBIE);
      }
    }
  }

  /** No more events: everything catches up, waits end, and the auditor looks at all of it. */
  private void rest() {
    for (int round = 0; round < MOST_ROUNDS_AT_REST; round++) {
      step++;
      boolean moved = line.catchUp();
      time.advance(1_000);
      line.punctuate();
      say("rest");
      if (!moved && round > 45) {
        line.auditAtRest();
        return;
      }
    }
    throw new InvariantBroken("comes-to-rest", "not after " + MOST_ROUNDS_AT_REST + " rounds");
  }

  private void count(EventKind kind) {
    occurred.merge(kind, 1, Integer::sum);
  }

  private void say(String what, Object... values) {
    trace.accept("step " + step + ": " + what.formatted(values));
  }
}
