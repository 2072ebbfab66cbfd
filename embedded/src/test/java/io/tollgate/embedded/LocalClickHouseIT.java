package io.tollgate.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.ServerException;
import com.clickhouse.client.api.insert.InsertResponse;
import com.clickhouse.client.api.insert.InsertSettings;
import com.clickhouse.client.api.query.GenericRecord;
import com.clickhouse.client.api.query.QuerySettings;
import com.clickhouse.data.ClickHouseFormat;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalClickHouseIT {
  private static final BigDecimal PICO = new BigDecimal("0.000000000001");
  private static final BigDecimal LARGEST =
      new BigDecimal("99999999999999999999999999.999999999999");

  @TempDir static Path data;
  private static LocalClickHouse clickHouse;

  @BeforeAll
  static void start() {
    clickHouse = LocalClickHouse.start(LocalClickHouse.Config.in(data, "secret"));
  }

  @AfterAll
  static void stop() {
    clickHouse.close();
  }

  @Test
  void decimalsRoundTripThroughJdbcBatches() throws SQLException {
    for (String url :
        List.of(
            clickHouse.jdbcUrl("default"),
            clickHouse.jdbcUrl("default").replace("?compress=false", ""))) {
      try (Connection connection = connect(url);
          Statement statement = connection.createStatement()) {
        statement.execute("DROP TABLE IF EXISTS amounts");
        statement.execute(
            "CREATE TABLE amounts (id UInt32, amount Decimal(38, 12)) ENGINE = MergeTree ORDER BY"
                + " id");
        try (PreparedStatement insert =
            connection.prepareStatement("INSERT INTO amounts (id, amount) VALUES (?, ?)")) {
          List<BigDecimal> amounts = List.of(PICO, LARGEST, LARGEST.negate());
          for (int i = 0; i < amounts.size(); i++) {
            insert.setInt(1, i);
            insert.setBigDecimal(2, amounts.get(i));
            insert.addBatch();
          }
          insert.executeBatch();
        }
        try (ResultSet rows = statement.executeQuery("SELECT amount FROM amounts ORDER BY id")) {
          List<BigDecimal> found = new ArrayList<>();
          while (rows.next()) {
            found.add(rows.getBigDecimal(1));
          }
          assertThat(found).containsExactly(PICO, LARGEST, LARGEST.negate());
        }
        try (PreparedStatement sum =
            connection.prepareStatement("SELECT sum(amount) FROM amounts WHERE id < ?")) {
          sum.setInt(1, 1);
          try (ResultSet row = sum.executeQuery()) {
            row.next();
            assertThat(row.getBigDecimal(1)).isEqualByComparingTo(PICO);
          }
        }
      }
    }
  }

  @Test
  void aRepeatedTokenInsertsNothingAlsoAfterSigkill() throws Exception {
    try (Client client = client()) {
      execute(
          client,
          "CREATE TABLE landed (id UInt64) ENGINE = MergeTree ORDER BY id"
              + " SETTINGS non_replicated_deduplication_window = 100");
      assertThat(insert(client, "landed", "batch-1", 1, 2, 3)).isEqualTo(3);
      insert(client, "landed", "batch-1", 1, 2, 3);
      insert(client, "landed", "batch-2", 4);
      assertThat(count(client, "landed")).isEqualTo(4);

      clickHouse.kill();
      assertThat(clickHouse.isHealthy()).isFalse();
      clickHouse.restart();

      insert(client, "landed", "batch-2", 4);
      insert(client, "landed", "batch-3", 5);
      assertThat(count(client, "landed")).isEqualTo(5);
    }
  }

  @Test
  void parametersAndSettingsCountForTheirRequestOnly() throws Exception {
    try (Client client = client()) {
      QuerySettings limited = new QuerySettings().serverSetting("max_result_rows", "1");
      String sql = "SELECT {name:String} AS name, {amount:Decimal(38, 12)} AS amount";
      List<GenericRecord> rows =
          client.queryAll(sql, Map.of("name", "it's \\ a name", "amount", PICO.toPlainString()));
      assertThat(rows.getFirst().getString("name")).isEqualTo("it's \\ a name");
      assertThat(rows.getFirst().getBigDecimal("amount")).isEqualByComparingTo(PICO);
      assertThatThrownBy(
              () -> client.query("SELECT number FROM numbers(10)", limited).get().close())
          .hasStackTraceContaining("TOO_MANY_ROWS");
      assertThat(client.queryAll("SELECT number FROM numbers(10)")).hasSize(10);
    }
  }

  @Test
  void errorsCarryClickHousesOwnCode() {
    try (Client client = client()) {
      assertThatThrownBy(() -> client.queryAll("SELECT * FROM nowhere"))
          .hasRootCauseInstanceOf(ServerException.class)
          .rootCause()
          .satisfies(e -> assertThat(((ServerException) e).getCode()).isEqualTo(60));
      assertThatThrownBy(() -> client.queryAll("SELECT 1 FROM"))
          .hasStackTraceContaining("SYNTAX_ERROR");
    }
    assertThatThrownBy(
            () -> {
              try (Connection connection = connect(clickHouse.jdbcUrl("nowhere"));
                  Statement statement = connection.createStatement()) {
                statement.execute("SELECT 1");
              }
            })
        .hasStackTraceContaining("UNKNOWN_DATABASE");
  }

  @Test
  void refusesWhatAServerRefuses() throws Exception {
    assertThat(post("SELECT 1; SELECT 2", "secret", "").statusCode()).isEqualTo(400);
    assertThat(post("SELECT 1;", "secret", "").body()).isEqualTo("1\n");
    HttpResponse<String> stranger = post("SELECT 1", "guessed", "");
    assertThat(stranger.statusCode()).isEqualTo(403);
    assertThat(stranger.headers().firstValue("X-ClickHouse-Exception-Code")).hasValue("516");
    HttpResponse<String> unknown = post("SELECT 1", "secret", "no_such_setting=1");
    assertThat(unknown.headers().firstValue("X-ClickHouse-Exception-Code")).hasValue("115");
    assertThat(post("SELECT 1", "secret", "session_id=a").statusCode()).isEqualTo(501);
  }

  @Test
  void anInsertWhoseClientDiesInsertsNothing() throws Exception {
    try (Client client = client()) {
      execute(client, "CREATE TABLE cut (id UInt64) ENGINE = MergeTree ORDER BY id");
      String head =
          "Host: localhost\r\nX-ClickHouse-User: default\r\nX-ClickHouse-Key: "
              + clickHouse.password()
              + "\r\n";
      String row = "\1\0\0\0\0\0\0\0";
      sendAndDie(
          "POST / HTTP/1.1\r\n" + head + "Content-Length: 1000\r\n\r\nINSERT INTO cut VALUES (1)");
      String rows = "POST /?query=INSERT%20INTO%20cut%20FORMAT%20RowBinary HTTP/1.1\r\n" + head;
      sendAndDie(rows + "Content-Length: 16\r\n\r\n" + row);
      sendAndDie(rows + "Transfer-Encoding: chunked\r\n\r\n8\r\n" + row + "\r\n");
      sendAndDie(rows + "Transfer-Encoding: chunked\r\n\r\n10\r\n" + row);
      await().atMost(Duration.ofSeconds(10)).until(() -> count(client, "system.processes") == 1);
      assertThat(count(client, "cut")).isZero();
    }
  }

  @Test
  void aLargeRefusedInsertIsToldWhy() throws Exception {
    try (Client client = client()) {
      long[] many = LongStream.range(0, 500_000).toArray();
      assertThatThrownBy(() -> insert(client, "nowhere", "batch-1", many))
          .hasStackTraceContaining("UNKNOWN_TABLE");
      execute(
          client, "CREATE TABLE wider (id UInt64, other String) ENGINE = MergeTree ORDER BY id");
      assertThatThrownBy(() -> insert(client, "wider", "batch-1", 1))
          .hasStackTraceContaining("Code: ");
      assertThat(count(client, "wider")).isZero();
    }
  }

  @Test
  void takesCompressedInserts() throws Exception {
    try (Client client =
        new Client.Builder()
            .addEndpoint(clickHouse.endpoint())
            .setUsername(LocalClickHouse.USER)
            .setPassword(clickHouse.password())
            .compressClientRequest(true)
            .build()) {
      execute(client, "CREATE TABLE squeezed (id UInt64) ENGINE = MergeTree ORDER BY id");
      insert(client, "squeezed", "batch-1", LongStream.range(0, 100_000).toArray());
      assertThat(count(client, "squeezed")).isEqualTo(100_000);
    }
  }

  @Test
  void aRequestThatWaitsInVainIsToldThatThereAreTooMany(@TempDir Path other) throws Exception {
    LocalClickHouse.Config usual = LocalClickHouse.Config.in(other, "secret");
    LocalClickHouse.Config narrow =
        new LocalClickHouse.Config(usual.placement(), 0, "secret", 512, 1, false);
    try (LocalClickHouse busy = LocalClickHouse.start(narrow);
        ExecutorService executor = Executors.newFixedThreadPool(4)) {
      List<Callable<Integer>> naps =
          Collections.nCopies(4, () -> post(busy, "SELECT sleep(3)", "secret", "").statusCode());
      List<Integer> answers = new ArrayList<>();
      for (Future<Integer> nap : executor.invokeAll(naps)) {
        answers.add(nap.get());
      }
      assertThat(answers).contains(200, 503);
      assertThat(post(busy, "SELECT 1", "secret", "").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void requestsSideBySideDoNotMixTheirAnswers() throws Exception {
    try (Client client = client()) {
      List<Callable<Integer>> questions =
          IntStream.range(0, 64)
              .<Callable<Integer>>mapToObj(
                  i ->
                      () ->
                          client
                              .queryAll("SELECT " + i + " AS i, sum(number) FROM numbers(1000000)")
                              .getFirst()
                              .getInteger("i"))
              .toList();
      try (ExecutorService executor = Executors.newFixedThreadPool(8)) {
        List<Future<Integer>> answers = executor.invokeAll(questions, 30, TimeUnit.SECONDS);
        for (int i = 0; i < answers.size(); i++) {
          assertThat(answers.get(i).get()).isEqualTo(i);
        }
      }
    }
  }

  private static void sendAndDie(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), clickHouse.config().port())) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  private static HttpResponse<String> post(String sql, String password, String parameters)
      throws IOException, InterruptedException {
    return post(clickHouse, sql, password, parameters);
  }

  private static HttpResponse<String> post(
      LocalClickHouse clickHouse, String sql, String password, String parameters)
      throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(URI.create(clickHouse.endpoint() + "/?" + parameters))
              .header("X-ClickHouse-User", "default")
              .header("X-ClickHouse-Key", password)
              .POST(HttpRequest.BodyPublishers.ofString(sql))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  private static Connection connect(String url) throws SQLException {
    Properties properties = new Properties();
    properties.put("user", LocalClickHouse.USER);
    properties.put("password", clickHouse.password());
    return DriverManager.getConnection(url, properties);
  }

  private static Client client() {
    return new Client.Builder()
        .addEndpoint(clickHouse.endpoint())
        .setUsername(LocalClickHouse.USER)
        .setPassword(clickHouse.password())
        .build();
  }

  private static void execute(Client client, String sql) throws Exception {
    client.execute(sql).get(30, TimeUnit.SECONDS).close();
  }

  private static long insert(Client client, String table, String token, long... ids)
      throws Exception {
    ByteBuffer row = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    for (long id : ids) {
      rows.writeBytes(row.putLong(0, id).array());
    }
    InsertSettings settings =
        new InsertSettings().setDeduplicationToken(token).serverSetting("async_insert", "0");
    try (InsertResponse response =
        client
            .insert(
                table,
                new ByteArrayInputStream(rows.toByteArray()),
                ClickHouseFormat.RowBinary,
                settings)
            .get(30, TimeUnit.SECONDS)) {
      return response.getWrittenRows();
    }
  }

  private static long count(Client client, String table) {
    return client.queryAll("SELECT count() AS n FROM " + table).getFirst().getLong("n");
  }
}
