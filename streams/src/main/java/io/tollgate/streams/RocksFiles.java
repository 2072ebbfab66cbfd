package io.tollgate.streams;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The {@link RocksFile}s that are open, by folder. Thread-safe. */
final class RocksFiles implements CommittedStores.Files {
  private final InstantSource clock;
  private final ConcurrentMap<Path, RocksFile> open = new ConcurrentHashMap<>();

  RocksFiles(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public RocksCells open(Path folder, String store) {
    int prefix = RocksCells.prefix(store);
    RocksFile file =
        open.compute(
            folder,
            (key, there) -> {
              RocksFile entered = there == null ? RocksFile.open(folder, clock) : there;
              entered.enter(prefix, store);
              return entered;
            });
    Runnable leave =
        () -> open.computeIfPresent(folder, (key, there) -> there.leave(prefix) ? null : there);
    try {
      return RocksCells.open(file, store, leave);
    } catch (RuntimeException e) {
      leave.run();
      throw e;
    }
  }
}
