import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Checks or rewrites every Java source of the project with google-java-format, and checks that it
 * lies in its module's own package: a class that slips into another module's package would reach
 * what that module keeps package-private. Started as a source file by the build's JDK, because the
 * formatter parses with the compiler of the JVM it runs in.
 *
 * <p>Usage: {@code Sources check|write ROOT MEMORY}. MEMORY is a file that remembers path, size and
 * time of what was found formatted, so that a second run reads only what changed.
 */
final class Sources {
  private static final Set<String> SKIPPED_FOLDERS = Set.of("target", ".git", ".engines");

  private final Path root;
  private final boolean write;
  private final Set<String> known;

  private Sources(Path root, boolean write, Set<String> known) {
    this.root = root;
    this.write = write;
    this.known = known;
  }

  public static void main(String[] args) throws IOException {
    if (args.length != 3 || !(args[0].equals("check") || args[0].equals("write"))) {
      System.err.println("usage: Sources check|write ROOT MEMORY");
      System.exit(2);
    }
    Path memory = Path.of(args[2]);
    Set<String> known = Files.exists(memory) ? Set.copyOf(Files.readAllLines(memory)) : Set.of();
    Sources sources = new Sources(Path.of(args[1]), args[0].equals("write"), known);
    List<Outcome> outcomes = sources.all().parallelStream().map(sources::visit).toList();

    Set<String> formatted = new TreeSet<>();
    List<String> complaints = new ArrayList<>();
    for (Outcome outcome : outcomes) {
      outcome.formatted().ifPresent(formatted::add);
      outcome.complaint().ifPresent(complaints::add);
    }
    Files.createDirectories(memory.toAbsolutePath().getParent());
    Files.write(memory, formatted);
    complaints.forEach(line -> System.err.println((sources.write ? "" : "[ERROR] ") + line));
    if (!complaints.isEmpty() && !sources.write) {
      System.err.println(
          complaints.size()
              + " of "
              + outcomes.size()
              + " Java files; to fix the format: ./tollgate format");
    }
    boolean failed = complaints.stream().anyMatch(line -> !line.startsWith("formatted "));
    System.exit(failed ? 1 : 0);
  }

  private List<Path> all() throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> folders = Files.list(root)) {
      for (Path folder : folders.sorted().toList()) {
        if (!Files.isDirectory(folder)
            || SKIPPED_FOLDERS.contains(folder.getFileName().toString())) {
          continue;
        }
        Path start = Files.isDirectory(folder.resolve("src")) ? folder.resolve("src") : folder;
        try (Stream<Path> files = Files.walk(start)) {
          files
              .filter(file -> file.toString().endsWith(".java"))
              .filter(Files::isRegularFile)
              .forEach(found::add);
        }
      }
    }
    return found;
  }

  private Outcome visit(Path file) {
    String name = root.relativize(file).toString();
    if (isAstray(root.relativize(file))) {
      return new Outcome(Optional.empty(), Optional.of("not in its module's package: " + name));
    }
    try {
      String identity = identity(name, file);
      if (known.contains(identity)) {
        return new Outcome(Optional.of(identity), Optional.empty());
      }
      String text = Files.readString(file);
      String wanted = new Formatter().formatSourceAndFixImports(text);
      if (wanted.equals(text)) {
        return new Outcome(Optional.of(identity), Optional.empty());
      }
      if (!write) {
        return new Outcome(Optional.empty(), Optional.of("not formatted: " + name));
      }
      Files.writeString(file, wanted);
      return new Outcome(Optional.of(identity(name, file)), Optional.of("formatted " + name));
    } catch (FormatterException e) {
      return new Outcome(
          Optional.empty(), Optional.of("cannot be parsed: " + name + ": " + e.getMessage()));
    } catch (IOException e) {
      return new Outcome(
          Optional.empty(), Optional.of("cannot be read or written: " + name + ": " + e));
    }
  }

  /** MODULE/src/SET/java must be followed by io/tollgate/MODULE. */
  private static boolean isAstray(Path file) {
    if (file.getNameCount() < 5
        || !file.subpath(1, 2).toString().equals("src")
        || !file.subpath(3, 4).toString().equals("java")) {
      return false;
    }
    Path home = Path.of("io", "tollgate", file.subpath(0, 1).toString());
    return !file.subpath(4, file.getNameCount()).startsWith(home);
  }

  private static String identity(String name, Path file) throws IOException {
    return name + " " + Files.size(file) + " " + Files.getLastModifiedTime(file).toInstant();
  }

  /**
   * What became of one file: its identity if it is formatted now, and a line for people if there is
   * one.
   */
  private record Outcome(Optional<String> formatted, Optional<String> complaint) {}
}
