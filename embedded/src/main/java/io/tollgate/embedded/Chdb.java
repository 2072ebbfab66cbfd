package io.tollgate.embedded;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * libchdb, ClickHouse's engine as a shared library, bound by name (its chdb.h says what each
 * function promises).
 *
 * <p>The engine runs on the caller's stack and needs several MiB of it. One process has one data
 * folder. A connection serves one statement at a time.
 */
final class Chdb {
  private static final ValueLayout.OfLong SIZE = ValueLayout.JAVA_LONG;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final MemoryLayout POINTER = ValueLayout.ADDRESS;

  private final Linker linker = Linker.nativeLinker();
  private final SymbolLookup library;
  private final MethodHandle connect;
  private final MethodHandle close;
  private final MethodHandle query;
  private final MethodHandle classify;
  private final MethodHandle insert;
  private final MethodHandle insertError;
  private final MethodHandle append;
  private final MethodHandle done;
  private final MethodHandle destroyInsert;
  private final MethodHandle buffer;
  private final MethodHandle length;
  private final MethodHandle error;
  private final MethodHandle rowsRead;
  private final MethodHandle bytesRead;
  private final MethodHandle rowsWritten;
  private final MethodHandle bytesWritten;
  private final MethodHandle destroyResult;

  private Chdb(Path file) {
    library = SymbolLookup.libraryLookup(file, Arena.global());
    MemoryLayout[] statement = {
      POINTER, POINTER, SIZE, POINTER, SIZE, POINTER, POINTER, POINTER, POINTER, SIZE
    };
    connect = function("chdb_connect", POINTER, INT, POINTER);
    close = procedure("chdb_close_conn", POINTER);
    query = function("chdb_query_with_params_n", POINTER, statement);
    classify =
        function("chdb_classify_query_n", INT, POINTER, POINTER, SIZE, POINTER, SIZE, POINTER);
    insert = function("chdb_stream_insert_with_params_n", POINTER, statement);
    insertError = function("chdb_stream_insert_error", POINTER, POINTER);
    append = function("chdb_stream_append", INT, POINTER, POINTER, SIZE);
    done = function("chdb_stream_done", POINTER, POINTER);
    destroyInsert = procedure("chdb_destroy_insert_stream", POINTER);
    buffer = function("chdb_result_buffer", POINTER, POINTER);
    length = function("chdb_result_length", SIZE, POINTER);
    error = function("chdb_result_error", POINTER, POINTER);
    rowsRead = function("chdb_result_storage_rows_read", SIZE, POINTER);
    bytesRead = function("chdb_result_storage_bytes_read", SIZE, POINTER);
    rowsWritten = function("chdb_result_rows_written", SIZE, POINTER);
    bytesWritten = function("chdb_result_bytes_written", SIZE, POINTER);
    destroyResult = procedure("chdb_destroy_query_result", POINTER);
  }

  /**
   * Loads the library. It must leave the JVM's own signal handlers alone, else the JVM dies of its
   * first safepoint.
   */
  static Chdb load(Path file) {
    Chdb chdb = new Chdb(file);
    call(chdb.procedure("chdb_set_signal_handlers_enabled", INT), 0);
    return chdb;
  }

  private MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
    return linker.downcallHandle(
        library.findOrThrow(name), FunctionDescriptor.of(result, arguments));
  }

  private MethodHandle procedure(String name, MemoryLayout... arguments) {
    return linker.downcallHandle(library.findOrThrow(name), FunctionDescriptor.ofVoid(arguments));
  }

  /**
   * Opens a connection.
   *
   * @param options as on ClickHouse's command line; those of the server count at the first
   *     connection only
   */
  Connection connect(List<String> options) throws ClickHouseError {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment arguments = arena.allocate(ValueLayout.ADDRESS, options.size() + 1L);
      arguments.setAtIndex(ValueLayout.ADDRESS, 0, arena.allocateFrom("clickhouse"));
      for (int i = 0; i < options.size(); i++) {
        arguments.setAtIndex(ValueLayout.ADDRESS, i + 1L, arena.allocateFrom(options.get(i)));
      }
      MemorySegment handle = pointer(connect, options.size() + 1, arguments);
      if (isNull(handle)) {
        throw new ClickHouseError(
            ClickHouseError.CANNOT_CONNECT,
            "The engine refused a connection with the options " + options);
      }
      return new Connection(handle);
    }
  }

  /** A session of the engine; not safe for use by several threads. */
  final class Connection implements AutoCloseable {
    private final MemorySegment handle;

    private Connection(MemorySegment handle) {
      this.handle = handle;
    }

    private MemorySegment session() {
      return handle.reinterpret(ValueLayout.ADDRESS.byteSize()).get(ValueLayout.ADDRESS, 0);
    }

    /**
     * How many statements the text holds, as the engine's own parser counts; 0 when it does not
     * parse.
     */
    int statements(Arena arena, MemorySegment sql) throws ClickHouseError {
      MemorySegment report = arena.allocate(INT, 4);
      report.setAtIndex(INT, 0, (int) report.byteSize());
      int state =
          (int) call(classify, session(), sql, sql.byteSize(), MemorySegment.NULL, 0L, report);
      if (state != 0) {
        throw new ClickHouseError(
            ClickHouseError.CANNOT_CONNECT, "The engine could not look at the statement");
      }
      return report.getAtIndex(INT, 1);
    }

    /** Runs one statement; the result must be closed. */
    Result query(Arena arena, MemorySegment sql, String format, Map<String, String> parameters)
        throws ClickHouseError {
      return result(pointer(query, statement(arena, sql, format, parameters)));
    }

    /** Begins an insert whose rows follow; the insert must be closed. */
    Insert insert(Arena arena, MemorySegment sql, String format, Map<String, String> parameters)
        throws ClickHouseError {
      Insert started = new Insert(pointer(insert, statement(arena, sql, format, parameters)));
      String message = text(pointer(insertError, started.stream));
      if (message != null) {
        started.close();
        throw ClickHouseError.parse(message);
      }
      return started;
    }

    private Object[] statement(
        Arena arena, MemorySegment sql, String format, Map<String, String> parameters) {
      MemorySegment formatName = bytes(arena, format);
      Strings names = Strings.of(arena, List.copyOf(parameters.keySet()));
      Strings values = Strings.of(arena, List.copyOf(parameters.values()));
      return new Object[] {
        session(),
        sql,
        sql.byteSize(),
        formatName,
        formatName.byteSize(),
        names.pointers,
        names.lengths,
        values.pointers,
        values.lengths,
        (long) parameters.size()
      };
    }

    @Override
    public void close() {
      call(close, handle);
    }
  }

  /** Rows on their way into a table. */
  final class Insert implements AutoCloseable {
    private final MemorySegment stream;

    private Insert(MemorySegment stream) {
      this.stream = stream;
    }

    /** Hands over a chunk; it may end anywhere, also within a row. */
    void append(MemorySegment chunk) throws ClickHouseError {
      if ((int) call(append, stream, chunk, chunk.byteSize()) != 0) {
        String message = text(pointer(insertError, stream));
        throw ClickHouseError.parse(message == null ? "The engine took no more rows" : message);
      }
    }

    /** Returns when the rows are in the table. */
    Result finish() throws ClickHouseError {
      return result(pointer(done, stream));
    }

    @Override
    public void close() {
      call(destroyInsert, stream);
    }
  }

  /** What a statement answered. */
  final class Result implements AutoCloseable {
    private final MemorySegment handle;

    private Result(MemorySegment handle) {
      this.handle = handle;
    }

    /** Valid until {@link #close}. */
    MemorySegment bytes() {
      MemorySegment start = pointer(buffer, handle);
      return isNull(start) ? MemorySegment.NULL : start.reinterpret((long) call(length, handle));
    }

    long rowsRead() {
      return (long) call(rowsRead, handle);
    }

    long bytesRead() {
      return (long) call(bytesRead, handle);
    }

    long rowsWritten() {
      return (long) call(rowsWritten, handle);
    }

    long bytesWritten() {
      return (long) call(bytesWritten, handle);
    }

    @Override
    public void close() {
      call(destroyResult, handle);
    }
  }

  private Result result(MemorySegment handle) throws ClickHouseError {
    Result result = new Result(handle);
    String message = text(pointer(error, handle));
    if (message != null) {
      result.close();
      throw ClickHouseError.parse(message);
    }
    return result;
  }

  private record Strings(MemorySegment pointers, MemorySegment lengths) {
    static Strings of(Arena arena, List<String> texts) {
      MemorySegment pointers = arena.allocate(ValueLayout.ADDRESS, Math.max(1, texts.size()));
      MemorySegment lengths = arena.allocate(SIZE, Math.max(1, texts.size()));
      for (int i = 0; i < texts.size(); i++) {
        MemorySegment text = Chdb.bytes(arena, texts.get(i));
        pointers.setAtIndex(ValueLayout.ADDRESS, i, text);
        lengths.setAtIndex(SIZE, i, text.byteSize());
      }
      return new Strings(pointers, lengths);
    }
  }

  private static MemorySegment bytes(Arena arena, String text) {
    return arena.allocateFrom(ValueLayout.JAVA_BYTE, text.getBytes(StandardCharsets.UTF_8));
  }

  private static @Nullable String text(MemorySegment pointer) {
    return isNull(pointer) ? null : pointer.reinterpret(Long.MAX_VALUE).getString(0);
  }

  private static boolean isNull(MemorySegment pointer) {
    return pointer.address() == 0;
  }

  private static MemorySegment pointer(MethodHandle function, Object... arguments) {
    return (MemorySegment) call(function, arguments);
  }

  @SuppressWarnings("NullAway") // A procedure's missing result is never used.
  private static Object call(MethodHandle function, Object... arguments) {
    try {
      return function.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException("A call into the engine failed", e);
    }
  }
}
