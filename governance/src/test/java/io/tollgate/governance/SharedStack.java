package io.tollgate.governance;

import io.tollgate.embedded.LocalPostgres;
import io.tollgate.embedded.LocalStack;
import io.tollgate.embedded.Part;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.TopicCreation;
import io.tollgate.schemas.TopicSizing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Kafka, registry and PostgreSQL, started once for all tests of this module. */
final class SharedStack implements BeforeAllCallback, AutoCloseable {
  private static @Nullable LocalStack stack;
  private @Nullable Path data;

  @Override
  public void beforeAll(ExtensionContext context) {
    context
        .getRoot()
        .getStore(ExtensionContext.Namespace.GLOBAL)
        .getOrComputeIfAbsent(SharedStack.class, type -> started());
  }

  private static SharedStack started() {
    try {
      SharedStack shared = new SharedStack();
      shared.data = Files.createTempDirectory("tollgate-governance-");
      stack =
          LocalStack.in(shared.data)
              .only(Part.KAFKA, Part.POSTGRES, Part.REGISTRY)
              .durable(false)
              .start();
      createTopics();
      return shared;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void createTopics() {
    try (Admin admin =
        Admin.create(
            Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, stack().kafka().bootstrapServers()))) {
      TopicCreation.createMissing(admin, TopicSizing.local());
    }
  }

  static LocalStack stack() {
    return Objects.requireNonNull(stack, "the extension starts it");
  }

  static Endpoints endpoints() {
    return new Endpoints(stack().kafka().bootstrapServers(), stack().registry().url());
  }

  /** A configuration with a database and a folder of its own. */
  static GovernanceConfig config(String database, Path folder) {
    stack().postgres().ensureDatabase(database);
    return GovernanceConfig.of(
        stack().postgres().jdbcUrl(database),
        LocalPostgres.USER,
        stack().postgres().password(),
        endpoints(),
        folder);
  }

  @Override
  public void close() throws IOException {
    stack().close();
    try (Stream<Path> files = Files.walk(Objects.requireNonNull(data))) {
      files.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    }
  }
}
