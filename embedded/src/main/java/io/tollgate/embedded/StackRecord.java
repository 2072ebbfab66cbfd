package io.tollgate.embedded;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code <data>/stack.json}: which process serves what on which port, for the next start, which
 * wants the same ports, and for other commands that ask about a running stack. Readable by its
 * owner alone, for it holds passwords.
 *
 * @param supervisorPid the process that started the services
 */
public record StackRecord(long supervisorPid, Map<Part, Entry> services) {
  static final String FILE = "stack.json";
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /**
   * @param pid 0 when it was not started this time
   * @param ports by their use: {@code port}, {@code controller}, {@code management}
   */
  public record Entry(long pid, Map<String, Integer> ports, @Nullable String password) {
    public Entry {
      ports = Map.copyOf(ports);
    }

    @Override
    public String toString() {
      return "Entry[pid=%d, ports=%s]".formatted(pid, ports);
    }

    Entry stopped() {
      return new Entry(0, ports, password);
    }

    int port(String use) {
      return ports.getOrDefault(use, 0);
    }
  }

  public StackRecord {
    EnumMap<Part, Entry> copy = new EnumMap<>(Part.class);
    copy.putAll(services);
    services = Collections.unmodifiableMap(copy);
  }

  /** What was last recorded in the data folder, whether it still runs or not. */
  public static Optional<StackRecord> read(Path data) {
    Path file = data.resolve(FILE);
    try {
      return Files.exists(file)
          ? Optional.of(JSON.readValue(file.toFile(), StackRecord.class))
          : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + file, e);
    }
  }

  void write(Path data) {
    Path partial = data.resolve(FILE + ".part");
    try {
      Files.deleteIfExists(partial);
      Files.createFile(
          partial,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      JSON.writeValue(partial.toFile(), this);
      Files.move(
          partial,
          data.resolve(FILE),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + data.resolve(FILE), e);
    }
  }
}
