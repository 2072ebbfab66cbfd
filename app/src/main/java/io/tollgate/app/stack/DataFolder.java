package io.tollgate.app.stack;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The folder that holds everything of one local stack, and what the commands look for in it. */
public record DataFolder(Path path) {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  public DataFolder {
    path = path.toAbsolutePath().normalize();
  }

  /** {@code $XDG_DATA_HOME/tollgate}, usually {@code ~/.local/share/tollgate}. */
  public static DataFolder usual(Map<String, String> environment) {
    String data = environment.getOrDefault("XDG_DATA_HOME", "");
    Path base =
        data.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".local", "share")
            : Path.of(data);
    return new DataFolder(base.resolve("tollgate"));
  }

  /** The operator's secret, mode 0600. */
  public Path operatorKey() {
    return path.resolve("operator.key");
  }

  public Path serverLog() {
    return serverLog(InstanceName.FIRST);
  }

  Path serverLog(InstanceName instance) {
    return path.resolve("logs").resolve("server" + suffix(instance) + ".log");
  }

  /** Of the topologies of one instance: two processes in one folder would be one instance twice. */
  Path streamsState(InstanceName instance) {
    return path.resolve("streams" + suffix(instance));
  }

  private static String suffix(InstanceName instance) {
    return instance.equals(InstanceName.FIRST) ? "" : "-" + instance.value();
  }

  Path temporary() {
    return path.resolve("tmp");
  }

  /** One line per step of a server's start, for the command that started it. */
  Path startLog(long commandPid, InstanceName instance) {
    return path.resolve("logs").resolve("start-" + commandPid + suffix(instance) + ".log");
  }

  private Path record() {
    return path.resolve("server.json");
  }

  /**
   * The operator's secret.
   *
   * @throws StackProblem if there is none
   */
  public String readOperatorKey() {
    try {
      return Files.readString(operatorKey()).strip();
    } catch (IOException e) {
      throw new StackProblem(
          operatorKey()
              + " cannot be read: no stack was ever started in this folder, or by another user",
          e);
    }
  }

  /** The server that runs in this folder, if one does. */
  public Optional<ServerRecord> running() {
    return lastServer().filter(server -> server.isAlive(path));
  }

  /** The server that runs in this folder. */
  public ServerRecord require() {
    return running()
        .orElseThrow(
            () ->
                new StackProblem("no stack is running in " + path + "; ./tollgate up starts one"));
  }

  Optional<ServerRecord> lastServer() {
    try {
      return Files.exists(record())
          ? Optional.of(JSON.readValue(record().toFile(), ServerRecord.class))
          : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + record(), e);
    }
  }

  void write(ServerRecord server) {
    Path draft = path.resolve("server.json.part");
    try {
      JSON.writeValue(draft.toFile(), server);
      Files.move(
          draft, record(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + record(), e);
    }
  }

  /** Removes it with all it holds. */
  public void remove() {
    try {
      Files.walkFileTree(
          path,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure)
                throws IOException {
              // A service that is just ending removes files of its own.
              if (failure instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
              }
              throw failure;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                throws IOException {
              if (failure != null) {
                throw failure;
              }
              Files.delete(directory);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(path + " could not be removed", e);
    }
  }
}
