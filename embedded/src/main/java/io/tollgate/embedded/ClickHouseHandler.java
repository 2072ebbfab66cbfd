package io.tollgate.embedded;

import com.clickhouse.client.api.internal.CompressedBlockInputStream;
import com.clickhouse.client.api.internal.CompressedBlockOutputStream;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import net.jpountz.lz4.LZ4Factory;
import org.jspecify.annotations.Nullable;

/**
 * ClickHouse's HTTP interface, as much of it as its Java clients use, over the engine.
 *
 * <p>Each request has an engine connection of its own; there are at most so many of those, and a
 * request that waited in vain for one is told so with 503. A result is built in memory before it is
 * sent, within the engine's memory cap.
 */
final class ClickHouseHandler implements HttpHandler {
  /** A statement in the body, literal rows included. */
  static final int MAX_STATEMENT_BYTES = 64 * 1024 * 1024;

  static final Duration MAX_WAIT_FOR_CONNECTION = Duration.ofSeconds(5);

  /** How much of a refused request's body is read, so that the client can read why. */
  static final long MAX_DRAINED_BYTES = 256L * 1024 * 1024;

  private static final int CHUNK_BYTES = 1024 * 1024;

  private final Chdb chdb;
  private final List<String> options;
  private final byte[] password;
  private final Semaphore connections;

  ClickHouseHandler(Chdb chdb, Path data, String password, int connections) {
    this.chdb = chdb;
    this.options = List.of("--path=" + data);
    this.password = password.getBytes(StandardCharsets.UTF_8);
    this.connections = new Semaphore(connections, true);
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (exchange.getRequestURI().getPath().equals("/ping")) {
        send(exchange, 200, "Ok.\n");
        return;
      }
      answer(exchange);
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try {
      ClickHouseRequest request =
          ClickHouseRequest.parse(exchange.getRequestURI(), exchange.getRequestHeaders());
      authenticate(request);
      acquire();
      try {
        execute(exchange, request);
      } finally {
        connections.release();
      }
    } catch (ClickHouseError e) {
      fail(exchange, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      fail(
          exchange,
          new ClickHouseError(
              ClickHouseError.TOO_MANY_SIMULTANEOUS_QUERIES, "The server is stopping"));
    }
  }

  private void authenticate(ClickHouseRequest request) throws ClickHouseError {
    byte[] given = request.password().getBytes(StandardCharsets.UTF_8);
    if (!request.user().equals(LocalClickHouse.USER) || !MessageDigest.isEqual(given, password)) {
      throw new ClickHouseError(
          ClickHouseError.AUTHENTICATION_FAILED,
          request.user()
              + ": Authentication failed: password is incorrect, or there is no user with such"
              + " name");
    }
  }

  private void acquire() throws ClickHouseError, InterruptedException {
    // Off the server's own threads there is too little stack for the engine.
    if (!(Thread.currentThread() instanceof ClickHouseServer.EngineThread)
        || !connections.tryAcquire(MAX_WAIT_FOR_CONNECTION.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new ClickHouseError(
          ClickHouseError.TOO_MANY_SIMULTANEOUS_QUERIES,
          "Too many simultaneous queries; try again when some have ended");
    }
  }

  private void execute(HttpExchange exchange, ClickHouseRequest request)
      throws IOException, ClickHouseError {
    try (Arena arena = Arena.ofConfined();
        Chdb.Connection connection = chdb.connect(options)) {
      prepare(arena, connection, request);
      InputStream body = body(exchange, request);
      ClickHouseRequest.@Nullable InsertHead insert =
          ClickHouseRequest.InsertHead.of(request.query());
      if (insert != null) {
        insert(exchange, request, arena, connection, insert, body);
      } else {
        MemorySegment sql = statement(arena, request, body);
        requireOne(arena, connection, sql);
        try (Chdb.Result result =
            connection.query(arena, sql, request.format(), request.parameters())) {
          succeed(exchange, request, result);
        }
      }
    }
  }

  private static void prepare(Arena arena, Chdb.Connection connection, ClickHouseRequest request)
      throws ClickHouseError {
    if (!request.database().equals("default")) {
      run(
          arena,
          connection,
          "USE `" + request.database().replace("\\", "\\\\").replace("`", "\\`") + "`");
    }
    if (!request.settings().isEmpty()) {
      StringBuilder set = new StringBuilder("SET ");
      String separator = "";
      for (Map.Entry<String, String> setting : request.settings().entrySet()) {
        String value = setting.getValue().replace("\\", "\\\\").replace("'", "\\'");
        set.append(separator).append(setting.getKey()).append(" = '").append(value).append('\'');
        separator = ", ";
      }
      run(arena, connection, set.toString());
    }
  }

  private static void run(Arena arena, Chdb.Connection connection, String sql)
      throws ClickHouseError {
    connection.query(arena, bytes(arena, sql), "Null", Map.of()).close();
  }

  private static void insert(
      HttpExchange exchange,
      ClickHouseRequest request,
      Arena arena,
      Chdb.Connection connection,
      ClickHouseRequest.InsertHead head,
      InputStream body)
      throws IOException, ClickHouseError {
    MemorySegment sql = bytes(arena, head.sql());
    requireOne(arena, connection, bytes(arena, request.query()));
    byte[] bytes = new byte[CHUNK_BYTES];
    MemorySegment chunk = arena.allocate(CHUNK_BYTES);
    try (Chdb.Insert insert = connection.insert(arena, sql, head.format(), request.parameters())) {
      for (int read = body.readNBytes(bytes, 0, CHUNK_BYTES);
          read > 0;
          read = body.readNBytes(bytes, 0, CHUNK_BYTES)) {
        MemorySegment.copy(bytes, 0, chunk, ValueLayout.JAVA_BYTE, 0, read);
        insert.append(chunk.asSlice(0, read));
      }
      try (Chdb.Result result = insert.finish()) {
        succeed(exchange, request, result);
      }
    }
  }

  // A server runs one statement per request; the library would run them all.
  private static void requireOne(Arena arena, Chdb.Connection connection, MemorySegment sql)
      throws ClickHouseError {
    if (connection.statements(arena, sql) > 1) {
      throw new ClickHouseError(
          ClickHouseError.SYNTAX_ERROR, "Syntax error: Multi-statements are not allowed");
    }
  }

  private static MemorySegment statement(Arena arena, ClickHouseRequest request, InputStream body)
      throws IOException, ClickHouseError {
    byte[] fromBody = body.readNBytes(MAX_STATEMENT_BYTES + 1);
    if (fromBody.length > MAX_STATEMENT_BYTES) {
      throw new ClickHouseError(
          ClickHouseError.BAD_ARGUMENTS,
          "A statement has at most " + MAX_STATEMENT_BYTES + " bytes here");
    }
    if (request.query().isEmpty()) {
      return arena.allocateFrom(ValueLayout.JAVA_BYTE, fromBody);
    }
    // As the server does: what the URL begins the body continues.
    byte[] fromUrl = (request.query() + "\n").getBytes(StandardCharsets.UTF_8);
    MemorySegment both = arena.allocate((long) fromUrl.length + fromBody.length);
    MemorySegment.copy(fromUrl, 0, both, ValueLayout.JAVA_BYTE, 0, fromUrl.length);
    MemorySegment.copy(fromBody, 0, both, ValueLayout.JAVA_BYTE, fromUrl.length, fromBody.length);
    return both;
  }

  private static InputStream body(HttpExchange exchange, ClickHouseRequest request)
      throws IOException, ClickHouseError {
    InputStream raw = new WholeBody(exchange);
    if (request.compressedBody()) {
      return new CompressedBlockInputStream(
          raw, LZ4Factory.fastestInstance().fastDecompressor(), CHUNK_BYTES);
    }
    String encoding = exchange.getRequestHeaders().getFirst("Content-Encoding");
    if (encoding == null || encoding.equalsIgnoreCase("identity")) {
      return raw;
    }
    if (encoding.equalsIgnoreCase("gzip")) {
      return new GZIPInputStream(raw);
    }
    throw new ClickHouseError(
        ClickHouseError.NOT_IMPLEMENTED,
        "Content-Encoding " + encoding + ": only gzip, or ClickHouse's own decompress=1");
  }

  private static void succeed(HttpExchange exchange, ClickHouseRequest request, Chdb.Result result)
      throws IOException {
    MemorySegment bytes = result.bytes();
    var headers = exchange.getResponseHeaders();
    headers.set("Content-Type", "application/octet-stream");
    headers.set("X-ClickHouse-Format", request.format());
    headers.set("X-ClickHouse-Timezone", "UTC");
    headers.set("X-ClickHouse-Server-Display-Name", "tollgate-embedded");
    headers.set(
        "X-ClickHouse-Summary",
        ("{\"read_rows\":\"%d\",\"read_bytes\":\"%d\",\"written_rows\":\"%d\",\"written_bytes\":\"%d\","
             + "\"total_rows_to_read\":\"0\",\"result_rows\":\"0\",\"result_bytes\":\"%d\"}")
            .formatted(
                result.rowsRead(),
                result.bytesRead(),
                result.rowsWritten(),
                result.bytesWritten(),
                bytes.byteSize()));
    if (bytes.byteSize() == 0) {
      exchange.sendResponseHeaders(200, -1);
    } else if (request.compressedAnswer()) {
      exchange.sendResponseHeaders(200, 0);
      try (OutputStream out =
          new CompressedBlockOutputStream.LZ4OutputStream(
              exchange.getResponseBody(),
              LZ4Factory.fastestInstance().fastCompressor(),
              CHUNK_BYTES)) {
        copy(bytes, out);
      }
    } else {
      exchange.sendResponseHeaders(200, bytes.byteSize());
      try (OutputStream out = exchange.getResponseBody()) {
        copy(bytes, out);
      }
    }
  }

  private static void copy(MemorySegment from, OutputStream out) throws IOException {
    byte[] chunk = new byte[(int) Math.min(CHUNK_BYTES, from.byteSize())];
    for (long at = 0; at < from.byteSize(); at += chunk.length) {
      int size = (int) Math.min(chunk.length, from.byteSize() - at);
      MemorySegment.copy(from, ValueLayout.JAVA_BYTE, at, chunk, 0, size);
      out.write(chunk, 0, size);
    }
  }

  private static void fail(HttpExchange exchange, ClickHouseError error) throws IOException {
    drain(exchange.getRequestBody());
    exchange
        .getResponseHeaders()
        .set("X-ClickHouse-Exception-Code", Integer.toString(error.code()));
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=UTF-8");
    send(exchange, error.status(), error.getMessage() + "\n");
  }

  // A client that is still sending reads no answer, and sees a reset connection instead of the
  // error.
  private static void drain(InputStream body) throws IOException {
    byte[] chunk = new byte[64 * 1024];
    int read = 0;
    for (long left = MAX_DRAINED_BYTES; left > 0 && read >= 0; left -= read) {
      read = body.read(chunk);
    }
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private static MemorySegment bytes(Arena arena, String text) {
    return arena.allocateFrom(ValueLayout.JAVA_BYTE, text.getBytes(StandardCharsets.UTF_8));
  }
}
