package io.tollgate.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Folders of a run, which nobody needs afterwards. */
final class Folders {
  private Folders() {}

  static void delete(Path folder) throws IOException {
    deleteContents(folder);
    Files.deleteIfExists(folder);
  }

  static void deleteContents(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    List<Path> inside;
    try (Stream<Path> all = Files.walk(folder)) {
      inside = all.filter(path -> !path.equals(folder)).sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : inside) {
      Files.deleteIfExists(path);
    }
  }

  /** Bytes of all files. */
  static long size(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      long bytes = 0;
      for (Path path : all.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(path);
      }
      return bytes;
    }
  }
}
