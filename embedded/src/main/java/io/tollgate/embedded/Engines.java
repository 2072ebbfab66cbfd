package io.tollgate.embedded;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The folder in which {@code embedded/fetch-engines} puts what is not on the class path; names
 * agree with the script.
 */
record Engines(Path folder) {
  private static final String CHDB = "chdb-26.7.3-stable.1";
  private static final String REGISTRY = "apicurio-registry-3.3.3";

  /** {@code $TOLLGATE_ENGINES}, else in the user's cache folder. */
  static Engines of(Map<String, String> environment) {
    String own = environment.getOrDefault("TOLLGATE_ENGINES", "");
    if (!own.isEmpty()) {
      return new Engines(Path.of(own).toAbsolutePath());
    }
    String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path base =
        cache.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache);
    return new Engines(base.resolve("tollgate").resolve("engines"));
  }

  /** ClickHouse's engine. */
  Path chdbLibrary() {
    return fetched(folder.resolve(CHDB).resolve("libchdb.so"));
  }

  /** The registry server's start jar. */
  Path registryJar() {
    return fetched(folder.resolve(REGISTRY).resolve("quarkus-run.jar"));
  }

  private static Path fetched(Path file) {
    if (!Files.exists(file)) {
      throw new ServiceFailedException(file + " is missing: run embedded/fetch-engines");
    }
    return file;
  }
}
