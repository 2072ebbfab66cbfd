package io.tollgate.embedded;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * What the JVM learned when the programs of a class path last ran: their classes loaded and linked,
 * and which of their code is worth compiling (the ahead-of-time cache of JEP 483, 514 and 515). A
 * server starts with a third to a half of the CPU then. It is a file beside the program's own jar,
 * made only when asked for, because writing it takes the end of a run some 15 s longer.
 *
 * <p>Invariants: the file's name holds the JVM's version and the path, size and time of every jar,
 * because the JVM itself, 25.0.3 at least, goes on running the classes of a jar that was replaced
 * since; a file under that name is whole, and of a run during which no jar changed. Only jars can
 * be learned: with a program that runs from a folder of classes there is never anything to use.
 */
public final class StartCache {
  private static final String PREFIX = "start-";
  private static final String SUFFIX = ".aot";
  private static final int MOST_PARTS = 2_000;

  private final String classPath;
  private final List<Path> jars;
  private final Optional<Path> file;

  private StartCache(String classPath, List<Path> jars, Optional<Path> file) {
    this.classPath = classPath;
    this.jars = List.copyOf(jars);
    this.file = file;
  }

  /**
   * Of the class path of this process, for programs started from it.
   *
   * @param program any class of the jar that the file lies beside
   */
  public static StartCache of(Class<?> program) {
    String all = System.getProperty("java.class.path");
    Path own = home(program);
    if (!isJar(own.toString())) {
      return new StartCache(all, List.of(), Optional.empty());
    }
    // Folders on it are those of a test, which servers have no use for.
    return beside(
        own,
        Arrays.stream(all.split(File.pathSeparator, MOST_PARTS))
            .filter(StartCache::isJar)
            .map(Path::of)
            .toList());
  }

  static StartCache beside(Path own, List<Path> jars) {
    return new StartCache(
        String.join(File.pathSeparator, jars.stream().map(Path::toString).toList()),
        jars,
        Optional.of(own.resolveSibling(PREFIX + fingerprint(jars) + SUFFIX)));
  }

  private static Path home(Class<?> program) {
    try {
      return Path.of(program.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("no file holds " + program, e);
    }
  }

  private static boolean isJar(String part) {
    return part.endsWith(".jar");
  }

  private static String fingerprint(List<Path> jars) {
    CRC32C sum = new CRC32C();
    sum.update(System.getProperty("java.vm.version").getBytes(StandardCharsets.UTF_8));
    for (Path jar : jars) {
      try {
        BasicFileAttributes now = Files.readAttributes(jar, BasicFileAttributes.class);
        String one = jar + " " + now.size() + " " + now.lastModifiedTime().toInstant() + "\n";
        sum.update(one.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return HexFormat.of().toHexDigits((int) sum.getValue());
  }

  /** The class path to start programs with; what was learned holds for it alone. */
  public String classPath() {
    return classPath;
  }

  /** Where what is learned goes, if anything can be. */
  Optional<Path> file() {
    return file;
  }

  /** Whether something was learned already. */
  public boolean isThere() {
    return file.filter(Files::isRegularFile).isPresent();
  }

  /** Whether anything can be learned: the program runs from jars, and may write beside its own. */
  public boolean canLearn() {
    return file.map(Path::getParent).filter(Files::isWritable).isPresent();
  }

  /** JVM options of a start that uses what was learned; none when nothing was. */
  public List<String> using() {
    return isThere() ? List.of("-XX:AOTCache=" + file.orElseThrow()) : List.of();
  }

  /**
   * JVM options of a run that is learned from. It is to be ended in an orderly way; the JVM writes
   * after everything else has ended, and {@link #keep} makes that the one to use.
   *
   * @throws IllegalStateException when nothing can be learned
   */
  public List<String> learning() {
    if (!canLearn()) {
      throw new IllegalStateException("nothing can be learned of " + classPath);
    }
    return List.of("-XX:AOTCacheOutput=" + written(), "-Xlog:aot=error,cds=error");
  }

  /**
   * Takes up what the run that has just ended learned.
   *
   * @return whether it wrote anything, of the jars that are still there
   */
  public boolean keep() {
    Path to = file.orElseThrow();
    try {
      if (!Files.isRegularFile(written())) {
        return false;
      }
      if (!to.endsWith(PREFIX + fingerprint(jars) + SUFFIX)) {
        Files.delete(written());
        return false;
      }
      removeOthers(to.resolveSibling(""));
      Files.move(
          written(), to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Each takes 100 MB, and nobody else would ever remove those of earlier builds. */
  private static void removeOthers(Path folder) throws IOException {
    try (Stream<Path> beside = Files.list(folder)) {
      for (Path old : beside.filter(path -> path.toString().endsWith(SUFFIX)).toList()) {
        Files.deleteIfExists(old);
      }
    }
  }

  /** Two processes that learn at once do not write to the same file. */
  private Path written() {
    Path to = file.orElseThrow();
    return to.resolveSibling(to.getFileName() + "." + ProcessHandle.current().pid());
  }
}
