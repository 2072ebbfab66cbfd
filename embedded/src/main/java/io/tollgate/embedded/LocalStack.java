package io.tollgate.embedded;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The services Tollgate needs, started side by side in one data folder and ended together.
 *
 * <p>Owns the folder (one live supervisor per folder), the ports, which are kept from one start to
 * the next while they are free, and the passwords. What a killed supervisor left running in the
 * folder is ended first.
 */
public final class LocalStack implements AutoCloseable {
  private static final int PASSWORD_BYTES = 18;

  private final Path data;
  private final FolderLock lock;
  private final Map<Part, LocalService> services = new EnumMap<>(Part.class);
  private final Map<Part, StackRecord.Entry> entries = new EnumMap<>(Part.class);

  private LocalStack(Path data, FolderLock lock) {
    this.data = data;
    this.lock = lock;
  }

  /** A stack in this folder, which is created where needed. */
  public static Builder in(Path data) {
    return new Builder(data.toAbsolutePath().normalize());
  }

  /** What to start and how. */
  public static final class Builder {
    private final Path data;
    private Set<Part> parts = EnumSet.allOf(Part.class);
    private boolean durable = true;
    private boolean endsWithSupervisor = true;
    private Consumer<String> progress = line -> {};

    private Builder(Path data) {
      this.data = data;
    }

    /** Only these, instead of all. */
    public Builder only(Part first, Part... others) {
      parts = EnumSet.of(first, others);
      if (parts.contains(Part.REGISTRY)) {
        parts.add(Part.POSTGRES);
      }
      return this;
    }

    /**
     * Whether databases wait for the disk, as by default. False is for tests, which pull no plug: a
     * killed process loses nothing either way. The broker then also starts quicker and runs slower.
     */
    public Builder durable(boolean wanted) {
      durable = wanted;
      return this;
    }

    /** Whether the services end when this process has gone, however it ended; the default. */
    public Builder endsWithSupervisor(boolean wanted) {
      endsWithSupervisor = wanted;
      return this;
    }

    /** Told a line each time a service is ready; called from several threads. */
    public Builder progress(Consumer<String> listener) {
      progress = listener;
      return this;
    }

    /**
     * Starts them and returns when all are healthy.
     *
     * @throws FolderInUseException when a live process has a stack in this folder
     * @throws ServiceFailedException when one does not start; the others are stopped then
     */
    public LocalStack start() {
      LocalStack stack = new LocalStack(data, FolderLock.acquire(data));
      try {
        stack.startAll(this);
        return stack;
      } catch (RuntimeException e) {
        stack.close();
        throw e;
      }
    }
  }

  private void startAll(Builder wanted) {
    Optional<StackRecord> earlier = StackRecord.read(data);
    for (Part part : Part.values()) {
      entries.put(
          part,
          earlier
              .map(StackRecord::services)
              .map(known -> known.get(part))
              .map(StackRecord.Entry::stopped)
              .orElseGet(LocalStack::fresh));
    }
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<Part, CompletableFuture<Void>> starts = new EnumMap<>(Part.class);
      for (Part part : Part.values()) {
        CompletableFuture<Void> after =
            part == Part.REGISTRY
                ? Objects.requireNonNull(starts.get(Part.POSTGRES))
                : CompletableFuture.completedFuture(null);
        starts.put(part, after.thenRunAsync(() -> start(part, wanted), executor));
      }
      await(List.copyOf(starts.values()));
    }
    record();
    services.values().forEach(service -> service.process.whenStarted(this::record));
  }

  private static void await(List<CompletableFuture<Void>> starts) {
    RuntimeException first = null;
    for (CompletableFuture<Void> start : starts) {
      try {
        start.join();
      } catch (CompletionException e) {
        RuntimeException cause = e.getCause() instanceof RuntimeException known ? known : e;
        if (first == null) {
          first = cause;
        } else if (first != cause) {
          first.addSuppressed(cause);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private void start(Part part, Builder wanted) {
    String name = part.name().toLowerCase(Locale.ROOT);
    Placement placement = Placement.in(data, name);
    if (!wanted.endsWithSupervisor) {
      placement = placement.detached();
    }
    Leftover.end(placement.folder());
    if (!wanted.parts.contains(part)) {
      return;
    }
    long began = System.nanoTime();
    LocalService service =
        switch (part) {
          case KAFKA -> startKafka(placement, wanted.durable);
          case POSTGRES -> startPostgres(placement, wanted.durable);
          case REGISTRY -> startRegistry(placement);
          case CLICKHOUSE -> startClickHouse(placement, wanted.durable);
        };
    synchronized (services) {
      services.put(part, service);
    }
    wanted.progress.accept(
        "%s is ready after %.1f s (process %d)"
            .formatted(name, (System.nanoTime() - began) / 1e9, service.pid()));
  }

  private LocalKafka startKafka(Placement placement, boolean durable) {
    LocalKafka.Config usual = LocalKafka.Config.in(data);
    return LocalKafka.start(
        new LocalKafka.Config(
            placement,
            earlierPort(Part.KAFKA, "port"),
            earlierPort(Part.KAFKA, "controller"),
            usual.heapMib(),
            !durable));
  }

  private LocalPostgres startPostgres(Placement placement, boolean durable) {
    String password = password(Part.POSTGRES);
    LocalPostgres.Config usual = LocalPostgres.Config.in(data, password);
    return LocalPostgres.start(
        new LocalPostgres.Config(
            placement,
            earlierPort(Part.POSTGRES, "port"),
            password,
            durable,
            usual.sharedBuffersMib()));
  }

  private LocalRegistry startRegistry(Placement placement) {
    postgres().ensureDatabase(LocalRegistry.NAME);
    LocalRegistry.Config usual = LocalRegistry.Config.in(data, postgres());
    return LocalRegistry.start(
        new LocalRegistry.Config(
            placement,
            earlierPort(Part.REGISTRY, "port"),
            earlierPort(Part.REGISTRY, "management"),
            usual.heapMib(),
            usual.storeUrl(),
            usual.storeUser(),
            usual.storePassword()));
  }

  private LocalClickHouse startClickHouse(Placement placement, boolean durable) {
    String password = password(Part.CLICKHOUSE);
    LocalClickHouse.Config usual = LocalClickHouse.Config.in(data, password);
    return LocalClickHouse.start(
        new LocalClickHouse.Config(
            placement,
            earlierPort(Part.CLICKHOUSE, "port"),
            password,
            usual.memoryMib(),
            usual.connections(),
            durable));
  }

  /** The port it had the last time if that is free now, else 0. */
  private int earlierPort(Part part, String use) {
    int earlier = entry(part).port(use);
    return earlier != 0 && FreePorts.isFree(earlier) ? earlier : 0;
  }

  private StackRecord.Entry entry(Part part) {
    synchronized (services) {
      StackRecord.Entry entry = entries.get(part);
      if (entry == null) {
        throw new IllegalStateException("Every part has an entry, " + part + " too");
      }
      return entry;
    }
  }

  // Written down before the service starts: PostgreSQL's data keeps the password it was created
  // with.
  private String password(Part part) {
    synchronized (services) {
      StackRecord.Entry entry = entry(part);
      String password = entry.password();
      if (password == null) {
        byte[] bytes = new byte[PASSWORD_BYTES];
        new SecureRandom().nextBytes(bytes);
        password = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        entries.put(part, new StackRecord.Entry(entry.pid(), entry.ports(), password));
        new StackRecord(ProcessHandle.current().pid(), entries).write(data);
      }
      return password;
    }
  }

  private static StackRecord.Entry fresh() {
    return new StackRecord.Entry(0, Map.of(), null);
  }

  private void record() {
    synchronized (services) {
      services.forEach(
          (part, service) ->
              entries.put(
                  part,
                  new StackRecord.Entry(service.pid(), ports(service), entry(part).password())));
      new StackRecord(ProcessHandle.current().pid(), entries).write(data);
    }
  }

  private static Map<String, Integer> ports(LocalService service) {
    return switch (service) {
      case LocalKafka kafka ->
          Map.of("port", kafka.config().port(), "controller", kafka.config().controllerPort());
      case LocalPostgres postgres -> Map.of("port", postgres.config().port());
      case LocalRegistry registry ->
          Map.of(
              "port", registry.config().port(), "management", registry.config().managementPort());
      case LocalClickHouse clickHouse -> Map.of("port", clickHouse.config().port());
    };
  }

  /** The data folder. */
  public Path data() {
    return data;
  }

  /** What was started, in no promised order. */
  public List<LocalService> services() {
    synchronized (services) {
      return List.copyOf(services.values());
    }
  }

  public LocalKafka kafka() {
    return started(Part.KAFKA, LocalKafka.class);
  }

  public LocalPostgres postgres() {
    return started(Part.POSTGRES, LocalPostgres.class);
  }

  public LocalRegistry registry() {
    return started(Part.REGISTRY, LocalRegistry.class);
  }

  public LocalClickHouse clickHouse() {
    return started(Part.CLICKHOUSE, LocalClickHouse.class);
  }

  private <T extends LocalService> T started(Part part, Class<T> type) {
    synchronized (services) {
      @Nullable LocalService service = services.get(part);
      if (service == null) {
        throw new IllegalStateException(part + " was not among the parts that were started");
      }
      return type.cast(service);
    }
  }

  /** Whether each that was started is healthy. */
  public boolean isHealthy() {
    return services().stream().allMatch(LocalService::isHealthy);
  }

  /** Stops all side by side, each within its bound, and gives the folder back. */
  @Override
  public void close() {
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<CompletableFuture<Void>> stops = new ArrayList<>();
      for (LocalService service : services()) {
        stops.add(CompletableFuture.runAsync(service::close, executor));
      }
      await(stops);
    } finally {
      lock.close();
    }
  }

  /** Runs all by hand: {@code LocalStack DATA_FOLDER}, until Ctrl-C. */
  public static void main(String[] args) {
    ByHand.run(
        args,
        (data, port) -> {
          LocalStack stack = in(data).progress(System.out::println).start();
          return new ByHand.Running(
              "All services run; their addresses are in " + data.resolve(StackRecord.FILE), stack);
        });
  }
}
