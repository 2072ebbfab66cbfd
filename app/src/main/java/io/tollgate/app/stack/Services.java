package io.tollgate.app.stack;

import io.tollgate.billing.ClickHouseSettings;
import io.tollgate.embedded.LocalClickHouse;
import io.tollgate.embedded.LocalPostgres;
import io.tollgate.embedded.LocalStack;
import io.tollgate.embedded.Part;
import io.tollgate.embedded.StackRecord;
import io.tollgate.schemas.Endpoints;
import java.net.URI;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Where the services are that the roles stand on. Has passwords: never printed.
 *
 * @param kafka Kafka and the registry
 * @param jdbcUrl of governance's PostgreSQL database
 */
record Services(
    Endpoints kafka,
    String jdbcUrl,
    String jdbcUser,
    String jdbcPassword,
    ClickHouseSettings clickHouse) {
  private static final String DATABASE = "tollgate";
  private static final String CLICKHOUSE_DATABASE = "default";

  /** Those of a stack that this process runs. */
  static Services of(LocalStack stack) {
    stack.postgres().ensureDatabase(DATABASE);
    return new Services(
        new Endpoints(stack.kafka().bootstrapServers(), stack.registry().url()),
        stack.postgres().jdbcUrl(DATABASE),
        LocalPostgres.USER,
        stack.postgres().password(),
        new ClickHouseSettings(
            URI.create(stack.clickHouse().endpoint()),
            CLICKHOUSE_DATABASE,
            LocalClickHouse.USER,
            stack.clickHouse().password()));
  }

  /**
   * Those that another process runs in the folder.
   *
   * @throws StackProblem if none was ever started there
   */
  static Services recorded(Path data) {
    StackRecord record =
        StackRecord.read(data)
            .orElseThrow(() -> new StackProblem("no services were ever started in " + data));
    return new Services(
        new Endpoints(
            "127.0.0.1:" + port(record, Part.KAFKA),
            URI.create("http://127.0.0.1:" + port(record, Part.REGISTRY) + "/apis/ccompat/v7")),
        "jdbc:postgresql://127.0.0.1:" + port(record, Part.POSTGRES) + "/" + DATABASE,
        LocalPostgres.USER,
        password(record, Part.POSTGRES),
        new ClickHouseSettings(
            URI.create("http://127.0.0.1:" + port(record, Part.CLICKHOUSE)),
            CLICKHOUSE_DATABASE,
            LocalClickHouse.USER,
            password(record, Part.CLICKHOUSE)));
  }

  private static int port(StackRecord record, Part part) {
    Integer port = entry(record, part).ports().get("port");
    if (port == null) {
      throw new StackProblem(part + " was never started there");
    }
    return port;
  }

  private static String password(StackRecord record, Part part) {
    return Objects.requireNonNullElse(entry(record, part).password(), "");
  }

  private static StackRecord.Entry entry(StackRecord record, Part part) {
    StackRecord.Entry entry = record.services().get(part);
    if (entry == null) {
      throw new StackProblem(part + " was never started there");
    }
    return entry;
  }

  @Override
  public String toString() {
    return "Services[" + kafka + ", " + jdbcUrl + ", " + clickHouse + "]";
  }
}
